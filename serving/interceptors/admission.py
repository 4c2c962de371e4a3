"""Admission: innermost, around the methods that compute lists. What would come too late is refused before any work."""

from typing import Any, Final

import grpc

from serving.admission import Admission
from serving.call import DEADLINE
from serving.errors import OverloadedError
from serving.interceptors.unary import OURS, Next, UnaryInterceptor
from serving.metrics import Metrics

COMPUTING: Final = tuple(f"{OURS}{name}Service/" for name in ("Recommend", "Recall", "Ranking", "Reranking"))
"""What the methods begin with that are held back; reading a row or writing an event takes no time to speak of.

A method that is held back must not call another one through the same server: the two could wait for each other.
"""


class AdmissionInterceptor(UnaryInterceptor):
    """Lets a bounded number of calls compute at once."""

    def __init__(self, admission: Admission, metrics: Metrics) -> None:
        self._admission = admission
        self._metrics = metrics

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response; raise OverloadedError if it is not to be had by the deadline."""
        if not method.startswith(COMPUTING):
            return await call(request, context)
        try:
            async with self._admission.admitted(DEADLINE.get()):
                self._metrics.admissions.labels("admitted").inc()
                return await call(request, context)
        except OverloadedError:
            self._metrics.admissions.labels("refused").inc()
            raise
