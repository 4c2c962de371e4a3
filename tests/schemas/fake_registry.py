"""A registry in memory behind httpx: Confluent's API as far as Tideline uses it, with Apicurio's defaults."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from schemas.registry import Registry
from schemas.settings import RegistrySettings


@dataclass
class FakeRegistry:
    """Accepts every schema under its exact text. `requests` lists what was asked, as `METHOD path`."""

    schemas: list[str] = field(default_factory=list)
    subjects: dict[str, list[int]] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    keeps_levels: bool = True
    compatible: bool = True
    down: bool = False

    def client(self) -> Registry:
        """Return a client of this registry that does not retry."""
        return Registry(RegistrySettings(attempts=1), transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/apis/ccompat/v7/")
        self.requests.append(f"{request.method} {path}")
        if self.down:
            raise httpx.ConnectError("connection refused")
        body: dict[str, Any] = json.loads(request.content) if request.content else {}
        match request.method, path.split("/"):
            case "GET", ["config", subject] if subject in self.levels:
                return httpx.Response(200, json={"compatibilityLevel": self.levels[subject]})
            case "PUT", ["config", subject]:
                if self.keeps_levels:
                    self.levels[subject] = body["compatibility"]
                return httpx.Response(200, json=body)
            case "GET", ["schemas", "ids", number] if 0 < int(number) <= len(self.schemas):
                return httpx.Response(200, json={"schema": self.schemas[int(number) - 1]})
            case "POST", ["compatibility", "subjects", _, "versions"]:
                return httpx.Response(200, json={"is_compatible": self.compatible})
            case "POST", ["subjects", subject, "versions"]:
                return self._register(subject, body["schema"])
            case "POST", ["subjects", subject] if self._id(subject, body["schema"]):
                return httpx.Response(200, json={"id": self._id(subject, body["schema"])})
            case "GET", ["subjects", subject, "versions"] if subject in self.subjects:
                return httpx.Response(200, json=list(range(1, len(self.subjects[subject]) + 1)))
            case "GET", ["subjects", subject, "versions", version]:
                schema_id = self.subjects[subject][int(version) - 1]
                return httpx.Response(200, json={"id": schema_id, "schema": self.schemas[schema_id - 1]})
        return httpx.Response(404, json={"error_code": 40401, "message": "not found"})

    def _register(self, subject: str, schema: str) -> httpx.Response:
        if not self.compatible:
            return httpx.Response(409, json={"error_code": 409, "message": "incompatible: new at /fields/12"})
        if schema not in self.schemas:
            self.schemas.append(schema)
        schema_id = self.schemas.index(schema) + 1
        if schema_id not in self.subjects.setdefault(subject, []):
            self.subjects[subject].append(schema_id)
        return httpx.Response(200, json={"id": schema_id})

    def _id(self, subject: str, schema: str) -> int | None:
        known = {self.schemas[schema_id - 1]: schema_id for schema_id in self.subjects.get(subject, [])}
        return known.get(schema)
