"""The peers' Maven project names the jars."""

from pathlib import Path

from deploy.bench.peers.streams import coordinates

POM = """<project xmlns="urn:pom"><groupId>own</groupId><dependencies>
<dependency><groupId>org.example</groupId><artifactId>one</artifactId><version>1.2</version></dependency>
<dependency><groupId>org.example</groupId><artifactId>two</artifactId><version>3</version></dependency>
</dependencies></project>"""


def test_dependencies_become_coordinates(tmp_path: Path) -> None:
    pom = tmp_path / "pom.xml"
    pom.write_text(POM)
    assert coordinates(pom) == ["org.example:one:1.2", "org.example:two:3"]
