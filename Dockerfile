# One image for web, worker and scheduler; docker-compose.yml says which is which.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 BALIS_DATA_DIR=/data STATIC_ROOT=/app/collected
WORKDIR /app
COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock
COPY . .
# Messages and static files are part of the image: every container of a version has the same ones.
RUN python -m balis.run.messages \
    && SECRET_KEY=build DATABASE_URL=postgres://build REDIS_URL=redis://build python manage.py collectstatic --no-input \
    && useradd --system --home-dir /app balis \
    && install -d -o balis /data
USER balis
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "balis.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--no-control-socket", "--limit-request-line", "8190"]
