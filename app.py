"""The page. A Hugging Face Space runs this file, and so does `make run`."""

from s2s.page import launch_page

if __name__ == "__main__":
    launch_page()
