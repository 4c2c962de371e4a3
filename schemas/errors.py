"""Errors of schemas/, and the root of every error that Tideline raises on purpose."""


class TidelineError(Exception):
    """Root of all errors raised on purpose; the CLI prints these without a traceback.

    Each folder derives one root of its own from it.
    """


class SchemasError(TidelineError):
    """Root of what schemas/ raises. The message names the record, the field or the schema and what to do."""


class InvalidFieldError(SchemasError):
    """A field of a record holds what it must not. Correct the record at its producer; nothing was written."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class NotFramedError(SchemasError):
    """Bytes that do not begin with the registry's 5-byte prefix. The producer must use Tideline's codec."""


class UnknownSchemaError(SchemasError):
    """A schema id that is not cached yet.

    Whoever decodes asks the registry for it once (`Codecs.fetch`): known there, decoding goes on; unknown
    there, the record is rejected; registry unreachable, the record has to wait, for it may be a good one.
    """

    def __init__(self, schema_id: int) -> None:
        super().__init__(f"schema id {schema_id} is not known; register it with `tideline schemas register`")
        self.schema_id = schema_id


class UndecodableError(SchemasError):
    """Bytes that are framed but are not a whole record of the schema that they name."""


class UnregisteredSchemaError(SchemasError):
    """The registry lacks a schema that this version writes. Run `tideline schemas register` first."""


class IncompatibleSchemaError(SchemasError):
    """A schema breaks the promise of its subject. The message lists every reason; change the schema."""


class RegistryUnavailableError(SchemasError):
    """The schema registry cannot be reached or refused the request. Check TIDELINE_REGISTRY_URL and the service."""
