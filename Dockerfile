# The page in a container that runs as nobody in particular, on a file system that it cannot write to:
#   docker build -t seen .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -p 7860:7860 seen
# What is fetched from the Hub (S2S_MODELS, visitors' models) lies in /tmp/home: mount a volume there to keep it.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 OMP_NUM_THREADS=1 \
    HOME=/tmp/home HF_HOME=/tmp/home/hub GRADIO_TEMP_DIR=/tmp/gradio GRADIO_SERVER_NAME=0.0.0.0

WORKDIR /app
COPY requirements.txt constraints.txt ./
RUN python -m venv /venv && /venv/bin/pip install -c constraints.txt -r requirements.txt
COPY app.py ./
COPY s2s ./s2s
COPY checkpoints ./checkpoints
COPY docs ./docs
# Compiled while the file system can still be written to; nothing belongs to the user that runs it.
RUN python -m compileall -q s2s && useradd --no-create-home --uid 10001 page
USER 10001

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["/venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/readyz', timeout=4)"]
CMD ["/venv/bin/python", "app.py"]
