package peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams with Tideline's algorithm: one row a user, of running counts and the latest five-minute buckets.
 *
 * <p>`Buckets EVENTS TAG THREADS`; KAFKA_BOOTSTRAP names the broker, on which `stream_gen.py` has filled
 * `peers-events-json`. Prints one line of JSON.
 */
public final class Buckets {
  private static final List<String> TYPES = List.of("view", "click", "like", "share");
  private static final long BUCKET_MS = 300_000;
  private static final int KEPT = 24;
  private static final String STORE = "activity";
  private static final JsonFactory JSON = new JsonFactory();

  private record Event(int type, long bucket) {}

  /** A row: the totals, then each bucket with its counts. */
  private static final class Row {
    final int[] totals = new int[TYPES.size()];
    final TreeMap<Long, int[]> buckets = new TreeMap<>();

    static Row decode(byte[] bytes) {
      Row row = new Row();
      if (bytes == null) return row;
      ByteBuffer in = ByteBuffer.wrap(bytes);
      read(in, row.totals);
      while (in.hasRemaining()) {
        int[] counts = new int[TYPES.size()];
        long bucket = in.getLong();
        read(in, counts);
        row.buckets.put(bucket, counts);
      }
      return row;
    }

    void add(Event event) {
      totals[event.type()]++;
      buckets.computeIfAbsent(event.bucket(), key -> new int[TYPES.size()])[event.type()]++;
      if (buckets.size() > KEPT) buckets.pollFirstEntry();
    }

    byte[] encode() {
      int counts = Integer.BYTES * TYPES.size();
      ByteBuffer out = ByteBuffer.allocate(counts + buckets.size() * (Long.BYTES + counts));
      for (int count : totals) out.putInt(count);
      buckets.forEach((bucket, found) -> {
        out.putLong(bucket);
        for (int count : found) out.putInt(count);
      });
      return out.array();
    }

    private static void read(ByteBuffer in, int[] counts) {
      for (int i = 0; i < counts.length; i++) counts[i] = in.getInt();
    }
  }

  private static final class Meter {
    final long events;
    final AtomicLong done = new AtomicLong();
    final AtomicLong first = new AtomicLong();
    final AtomicLong last = new AtomicLong();
    final CountDownLatch all = new CountDownLatch(1);

    Meter(long events) {
      this.events = events;
    }

    void tick() {
      long now = System.nanoTime();
      first.compareAndSet(0, now);
      last.set(now);
      if (done.incrementAndGet() == events) all.countDown();
    }
  }

  private static final class Fold implements Processor<String, byte[], Void, Void> {
    private final Meter meter;
    private KeyValueStore<String, byte[]> rows;

    Fold(Meter meter) {
      this.meter = meter;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
      rows = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, byte[]> record) {
      Row row = Row.decode(rows.get(record.key()));
      row.add(parse(record.value()));
      rows.put(record.key(), row.encode());
      meter.tick();
    }
  }

  private static Event parse(byte[] value) {
    int type = -1;
    long time = 0;
    try (JsonParser parser = JSON.createParser(value)) {
      while (parser.nextToken() != null) {
        if (parser.currentToken() != JsonToken.FIELD_NAME) continue;
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals("type")) type = TYPES.indexOf(parser.getText());
        else if (name.equals("ts")) time = parser.getLongValue();
        else parser.getText();
      }
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return new Event(type, time / BUCKET_MS);
  }

  private static Properties settings(String tag, String threads) throws IOException {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "ks-" + tag);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("KAFKA_BOOTSTRAP"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("ks-" + tag).toString());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    return settings;
  }

  public static void main(String[] arguments) throws Exception {
    Meter meter = new Meter(Long.parseLong(arguments[0]));
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.ByteArray())
            .withCachingEnabled());
    builder.stream("peers-events-json", Consumed.with(Serdes.String(), Serdes.ByteArray()))
        .process(() -> new Fold(meter), STORE);
    try (KafkaStreams streams = new KafkaStreams(builder.build(), settings(arguments[1], arguments[2]))) {
      streams.start();
      meter.all.await();
      streams.close(Duration.ofSeconds(60));
    }
    double seconds = (meter.last.get() - meter.first.get()) / 1e9;
    System.out.printf(
        Locale.ROOT, "{\"n\":%d,\"proc_s\":%.2f,\"eps\":%.1f}%n", meter.done.get(), seconds, meter.events / seconds);
  }
}
