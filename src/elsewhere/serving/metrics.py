"""What a service counts of its work, in Prometheus' text format."""

from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from elsewhere.serving.batching import Worker

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_IMAGES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """Counters of one service; no image, name or answer is among them."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        several: dict[str, Any] = {"registry": self._registry}
        self._requests = Counter(
            "elsewhere_requests", "Requests answered", ["path", "status"], **several
        )
        self._seconds = Histogram(
            "elsewhere_request_seconds", "From a request's head to its answer", ["path"],
            buckets=_SECONDS, **several,
        )  # fmt: skip
        self._batch = Histogram(
            "elsewhere_batch_images", "Images looked at together", buckets=_IMAGES, **several
        )
        self._waiting = Gauge("elsewhere_waiting_images", "Images nobody looked at yet", **several)

    def count_request(self, path: str, status: int, seconds: float) -> None:
        """Count an answered request; paths must be few."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def count_batch(self, images: int) -> None:
        """Count images that were looked at together."""
        self._batch.observe(images)

    def watch(self, worker: "Worker") -> None:
        """Tell how many wait whenever somebody reads."""
        self._waiting.set_function(lambda: float(worker.waiting))

    def text(self) -> bytes:
        """All of it as Prometheus reads it."""
        return generate_latest(self._registry)
