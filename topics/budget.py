"""StoreBudget: the memory that all replicas of one process share."""

from typing import Final

from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, WriteBufferManager

DEFAULT_BYTES: Final = 96 << 20
_ARENA_BYTES: Final = 128 << 10
_BLOOM_BITS: Final = 10


class StoreBudget:
    """One block cache for all stores of the process; write buffers, indexes and filters are charged to it as well.

    Left to itself rocksdict gives each store a 2 GiB cache and buffers of its own: a worker has a store a table and
    partition, thirty or more of them.
    """

    def __init__(self, total_bytes: int = DEFAULT_BYTES) -> None:
        """Make the budget: at most a third of `total_bytes` is rows that are not yet on disk.

        A soft bound: a store writes to disk when it is written to, so idle ones may hold a little more.
        """
        self._cache = Cache(total_bytes)
        self._buffers = WriteBufferManager.new_write_buffer_manager_with_cache(total_bytes // 3, False, self._cache)

    @property
    def used_bytes(self) -> int:
        """Memory in use by all stores of this budget."""
        return int(self._cache.get_usage())

    def options(self) -> Options:
        """Return what one store is opened with."""
        tables = BlockBasedOptions()
        tables.set_block_cache(self._cache)
        tables.set_cache_index_and_filter_blocks(True)
        tables.set_pin_l0_filter_and_index_blocks_in_cache(True)
        tables.set_bloom_filter(_BLOOM_BITS, False)

        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(tables)
        options.set_write_buffer_manager(self._buffers)
        # An idle store holds one arena; RocksDB's own choice, 1 MiB, would spend the budget on empty stores.
        options.set_arena_block_size(_ARENA_BYTES)
        options.set_compression_type(DBCompressionType.lz4())
        options.set_max_background_jobs(2)
        options.set_keep_log_file_num(2)
        options.set_stats_dump_period_sec(0)
        options.set_stats_persist_period_sec(0)
        return options
