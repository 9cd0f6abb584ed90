"""A real OpenSearch of one node, without containers: the jars of opensearch.pom.xml and IndexNode.java on a JDK.

    folder/  opensearch.properties  tls/ca.pem  tls/server.pem  password   made once, with ports of its own
             data/  log  pid  front/                                       kept over stop, kill and restart

It listens on the loopback address and asks nobody who they are; beside it a front of ours with TLS and a login.
"""

import json
import signal
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from connectors.search.opensearch.cluster import IndexCluster
from deploy.local.background import Background
from deploy.local.class_path import BUILD, class_path
from deploy.local.compiled import classes
from deploy.local.java import find_java
from deploy.local.login import USER, Login
from deploy.local.ports import free_ports, is_taken, refuse_taken
from deploy.local.unavailable import DidNotStart, Unavailable

POM = Path(__file__).with_name("opensearch.pom.xml")
_NODE = Path(__file__).with_name("IndexNode.java")
_FRONT = Path(__file__).with_name("tls_front.py")
# Source: OpenSearch 3.0 release notes: 21.
JAVA_AT_LEAST = 21
HEAP_MB = 512
# What a cluster needs for Unicode, Japanese, Korean and Chinese; what comes with OpenSearch is there without being named.
PLUGINS = (
    "org.opensearch.plugin.analysis.icu.AnalysisICUPlugin",
    "org.opensearch.plugin.analysis.kuromoji.AnalysisKuromojiPlugin",
    "org.opensearch.plugin.analysis.nori.AnalysisNoriPlugin",
    "org.opensearch.plugin.analysis.smartcn.AnalysisSmartChinesePlugin",
)
# Ready in 4 to 9 s, 12 s after a kill (research/services.md §2), and a machine may be loaded ten times over.
_ANSWERS_WITHIN_S = 180
_ASKED_FOR_S = 5
_NO_SETTINGS: Mapping[str, str] = {}


class IndexServer:
    """A server whose data lie under `folder`: the same addresses, user and indices whenever it is started there.

    `outlives_us` leaves it running when this process ends; else it is killed then, however this process ended.
    `settings` are OpenSearch's own, beside ours and before them; `plugins` are classes of those that are loaded.
    """

    def __init__(
        self,
        folder: Path,
        *,
        outlives_us: bool = False,
        build: Path = BUILD,
        settings: Mapping[str, str] = _NO_SETTINGS,
        plugins: tuple[str, ...] = PLUGINS,
    ) -> None:
        self.folder = folder.resolve()
        self.login = Login(self.folder)
        self._kept = self.folder / "opensearch.properties"
        self._process = Background(self.folder, self._kept)
        self._front_settings = self.folder / "front" / "settings.json"
        self._front = Background(self._front_settings.parent, self._front_settings)
        self._outlives_us = outlives_us
        self._build = build
        self._settings = settings
        self._plugins = plugins

    @property
    def pid(self) -> int | None:
        """The process of the node if it runs."""
        return self._process.pid

    @property
    def url(self) -> str:
        """Where the node answers, `http://127.0.0.1:PORT`. Known once it was started for the first time."""
        return f"http://127.0.0.1:{self._port('behind_port')}"

    @property
    def secure_url(self) -> str:
        """Where the front with TLS and login answers, `https://127.0.0.1:PORT`."""
        return f"https://127.0.0.1:{self._port('port')}"

    @property
    def cluster(self) -> IndexCluster:
        """How a client of ours reaches the node."""
        return IndexCluster(hosts=(self.url,))

    @property
    def secure_cluster(self) -> IndexCluster:
        """How a client of ours reaches it through TLS and login."""
        return IndexCluster(
            hosts=(self.secure_url,),
            username=USER,
            password=self.login.password(),
            ca_file=str(self.login.ca_file),
        )

    def start(self) -> None:
        """Start it and return when every index of its data can be read and written, through the front too.

        Raises:
            Unavailable: it runs already, another program has its ports, there is no JDK or no Maven.
            DidNotStart: it ended, or gave no answer; with the last lines of its log.
        """
        if self.pid is not None:
            raise Unavailable(f"a server of {self.folder} already runs (pid {self.pid})")
        command = self._command()
        if self._front_settings.exists():
            # Where the node alone has crashed, its front is still there.
            expected_free = [self.url] if self._front.pid else [self.url, self.secure_url]
            refuse_taken([url.split("://", 1)[1] for url in expected_free], "the server's", self.folder)
        else:
            self._make_folder()
        self._process.start(command, outlives_us=self._outlives_us)
        try:
            self.wait()
        except DidNotStart:
            self.kill()
            raise

    def wait(self) -> None:
        """Return when every index can be read and written; a front that is gone is started again.

        Raises:
            DidNotStart: it ended, or gave no answer in time; with the last lines of its log.
        """
        self._process.wait_until(lambda: _answers(self._port("behind_port")), _ANSWERS_WITHIN_S)
        if self._front.pid is None:
            front = [sys.executable, "-S", str(_FRONT), str(self._front_settings)]
            self._front.start(front, outlives_us=self._outlives_us)
        self._front.wait_until(lambda: is_taken(self._port("port")), _ANSWERS_WITHIN_S)

    def stop(self) -> None:
        """End it in good order (SIGTERM); nothing happens where none runs."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash of the machine would."""
        self._end(signal.SIGKILL)

    def crash(self) -> None:
        """End the node alone at once; the front stays and answers that there is nobody behind it."""
        self._process.end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        self._process.end(how)
        self._front.end(how)

    def _command(self) -> list[str]:
        java = find_java(JAVA_AT_LEAST, with_compiler=True)
        jars = class_path(POM, java, build=self._build)
        node = classes(_NODE, java, jars, build=self._build)
        return [
            *(java.command, f"-Xms{HEAP_MB}m", f"-Xmx{HEAP_MB}m", *_JAVA_OPTIONS),
            *("-cp", f"{node}:{jars}", _NODE.stem, str(self._kept), ",".join(self._plugins)),
            *(f"{name}={value}" for name, value in self._settings.items()),
        ]

    def _make_folder(self) -> None:
        """Make certificates, a password and settings; those of the front last, which tell that all is made."""
        server_pem = self.login.make()
        self._front_settings.parent.mkdir(exist_ok=True)
        http, transport, front = free_ports(3)
        self._kept.write_text(_properties(http, transport), encoding="utf-8")
        front_settings = {
            "port": front,
            "behind_port": http,
            "username": USER,
            "password_file": str(self.login.password_file),
            "server_pem": str(server_pem),
        }
        self._front_settings.write_text(json.dumps(front_settings, indent=2), encoding="utf-8")

    def _port(self, name: str) -> int:
        return int(json.loads(self._front_settings.read_text(encoding="utf-8"))[name])


# C1 only, as for Kafka: 4.5 s of CPU to the first answer. Lucene maps its files by native access.
_JAVA_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.net.preferIPv4Stack=true",
    "-Dfile.encoding=UTF-8",
    "--enable-native-access=ALL-UNNAMED",
)


def _properties(http_port: int, transport_port: int) -> str:
    """`opensearch.properties`: one node that needs no other, and that a developer's full disk does not stop."""
    return f"""network.host=127.0.0.1
http.port={http_port}
transport.port={transport_port}
discovery.type=single-node
node.name=local
node.roles=cluster_manager,data,ingest
logger.level=WARN
cluster.max_shards_per_node=10000
cluster.routing.allocation.disk.threshold_enabled=false
"""


def _answers(port: int) -> bool:
    """Whether the cluster says that no index lacks what is written to: it is red before it has found them all."""
    asking = HTTPConnection("127.0.0.1", port, timeout=2 * _ASKED_FOR_S)
    try:
        asking.request("GET", f"/_cluster/health?wait_for_status=yellow&timeout={_ASKED_FOR_S}s")
        return asking.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        asking.close()
