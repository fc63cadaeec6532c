"""The page. A Hugging Face Space runs this file, and so does `make run`."""

import sys

from s2s.errors import S2SError

if __name__ == "__main__":
    try:
        from s2s.page import launch_page  # reads the settings

        launch_page()
    except S2SError as error:
        print(f"s2s: {error}", file=sys.stderr)
        sys.exit(2)
