import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/**
 * One OpenSearch node in this process: {@code IndexNode SETTINGS PLUGINS [NAME=VALUE ...]}, where SETTINGS is a file of
 * settings, PLUGINS are classes parted by commas (may be empty), and what follows overrides the file.
 *
 * The runner's own main takes no port above 9299 and keeps to itself why a node does not start.
 */
public class IndexNode {
  public static void main(String[] words) {
    OpenSearchRunner runner = new OpenSearchRunner();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(runner)));
    try {
      Properties settings = settings(words);
      int port = Integer.parseInt(settings.getProperty("http.port"));
      runner.setMaxHttpPort(65535);
      runner.onBuild((number, node) -> settings.forEach((name, value) -> node.put(name.toString(), value.toString())));
      List<String> options = List.of(
          "-basePath", Path.of(words[0]).resolveSibling("data").toString(),
          "-clusterName", "copydesk-local",
          "-numOfNode", "1",
          "-baseHttpPort", String.valueOf(port - 1),
          "-printOnFailure");
      List<String> plugins = words[1].isEmpty() ? List.of() : List.of("-pluginTypes", words[1]);
      runner.build(Stream.concat(options.stream(), plugins.stream()).toArray(String[]::new));
      Thread.currentThread().join();
    } catch (Throwable error) {
      error.printStackTrace();
      System.exit(1);
    }
  }

  private static Properties settings(String[] words) throws Exception {
    Properties settings = new Properties();
    try (Reader kept = Files.newBufferedReader(Path.of(words[0]))) {
      settings.load(kept);
    }
    for (int at = 2; at < words.length; at++) {
      String[] pair = words[at].split("=", 2);
      settings.setProperty(pair[0], pair[1]);
    }
    return settings;
  }

  private static void close(OpenSearchRunner runner) {
    try {
      runner.close();
    } catch (Exception error) {
      error.printStackTrace();
    }
  }
}
