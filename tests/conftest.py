"""What every test may ask for.

`engine`       a migrated database of this worker, once on SpatiaLite and once on PostGIS. Leave
               nothing committed in it: others use it.
`connection`   a connection to it, inside a transaction that is undone after the test. It may be
               given to `transaction()` in place of an engine: what is "committed" is then undone
               too.
`session`      a session on that connection; its commits and rollbacks are savepoints.
`fresh_engine` a migrated database of the test's own, committed for real, dropped afterwards: for
               races, crashes, the command line. Its address: `fresh_engine.url`, with the
               password by `database_url(fresh_engine)` of tests.support.
`empty_engine` likewise, with nothing in it at all.
`town`         the application on a database of the test's own, with the small town of
               tests.support.town in it and a token for somebody in every role; the database
               itself is `town_engine`.
`shared_town`  the same for all tests of a worker: add cases to it, change nothing else.
`still_town`   the same again, in which nothing is ever committed: for what is undone, and for
               tests that look at all there is.

While `connection` or `session` is in use, a second connection cannot write on SQLite (it would
wait for the first): do not mix them with `transaction(engine)`.
"""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import Phase, settings
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.orm import Session

from gridgov.app import create_app
from gridgov.database import db, make_engine, transaction
from gridgov.epochs import bump
from tests.support import databases
from tests.support.cluster import Cluster, wait_for_url
from tests.support.databases import Place, PostgisPlace, SqlitePlace, opened
from tests.support.town import Town, build

SERVER = "GRIDGOV_TEST_POSTGRES"
KINDS = ("sqlite", "postgis")

# Shrinking may take minutes; where time is short, the failing input itself and its blob must do.
QUICK = tuple(phase for phase in Phase if phase is not Phase.shrink)
PHASES = QUICK if os.environ.get("CI") else tuple(Phase)
settings.register_profile("gridgov", deadline=None, print_blob=True, phases=PHASES)
settings.load_profile("gridgov")


class Run:
    """One run of the tests: its name, and the server that it or its controller has started."""

    def __init__(self, name: str, folder: str = "") -> None:
        self.name = name
        self.worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        self.owner = self.worker == "main"
        self._folder = folder
        self._cluster: Cluster | None = None

    def start(self) -> str:
        """Start the server in the background; returns its folder."""
        if self._cluster is None and not self._folder and not os.environ.get(SERVER):
            self._cluster = Cluster()
            self._folder = str(self._cluster.folder)
        return self._folder

    def server(self) -> str:
        """Return the server's address, when it takes connections."""
        return os.environ.get(SERVER) or wait_for_url(Path(self.start()))

    def stop(self) -> None:
        """Leave nothing behind."""
        if self._cluster is not None:
            self._cluster.stop()
        elif self.owner and os.environ.get(SERVER):
            databases.clear(os.environ[SERVER], self.name)


RUN = pytest.StashKey[Run]()
COLLECTED_EVERY = (10_000, 20, 20)  # as the server has it


def pytest_configure(config: pytest.Config) -> None:
    """Name the run; a worker takes the name and the server of its controller."""
    given = getattr(config, "workerinput", {})
    name = given.get("gridgov_run") or secrets.token_hex(4)
    config.stash[RUN] = Run(name, given.get("gridgov_folder", ""))
    config.addinivalue_line("markers", "slow: takes more than some seconds")
    gc.disable()


def pytest_collection_finish() -> None:
    """Keep the collector from looking again and again at what lives as long as the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_EVERY)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Hand the controller's server to a worker (pytest-xdist)."""
    run = node.config.stash[RUN]  # type: ignore[attr-defined]
    given = {"gridgov_run": run.name, "gridgov_folder": run.start()}
    node.workerinput.update(given)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server."""
    if run := config.stash.get(RUN, None):
        run.stop()


class Databases:
    """What this process has made so far; kept until its end, whatever order the tests come in."""

    def __init__(self, run: Run, folder: Path) -> None:
        self._run = run
        self._folder = folder
        self._stack = ExitStack()
        self.place = cache(self._place)
        self.engine = cache(self._engine)

    def _place(self, kind: str) -> Place:
        if kind == "sqlite":
            return SqlitePlace(self._folder)
        postgis = PostgisPlace(self._run.server(), self._run.name, self._run.worker)
        self._stack.callback(postgis.close)
        return postgis

    def _engine(self, kind: str) -> Engine:
        place = self.place(kind)
        return self._stack.enter_context(opened(place, place.copy()))

    def close(self) -> None:
        """Do away with all of it."""
        self._stack.close()


@pytest.fixture(scope="session")
def databases_made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Keep the databases of this process."""
    made = Databases(request.config.stash[RUN], tmp_path_factory.mktemp("sqlite"))
    yield made
    made.close()


@pytest.fixture(scope="session", params=KINDS)
def place(request: pytest.FixtureRequest, databases_made: Databases) -> Place:
    """Give where databases are made: a folder of files, or a server."""
    return databases_made.place(request.param)


@pytest.fixture(scope="session")
def engine(place: Place, databases_made: Databases) -> Engine:
    """Give this worker's migrated database; leave nothing committed in it."""
    return databases_made.engine(place.kind)


@pytest.fixture
def fresh_engine(place: Place) -> Iterator[Engine]:
    """Give a migrated database of the test's own."""
    with opened(place, place.copy()) as made:
        yield made


@pytest.fixture
def empty_engine(place: Place) -> Iterator[Engine]:
    """Give a database with nothing in it, not even a schema."""
    with opened(place, place.empty()) as made:
        yield made


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose work is undone; `transaction(connection)` works on it."""
    with engine.connect() as made, made.begin() as outer:
        # Inside a savepoint, sessions on this connection make savepoints of their own.
        made.begin_nested()
        yield made
        outer.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """Give a session whose work is undone."""
    with Session(
        connection,
        join_transaction_mode="create_savepoint",
        expire_on_commit=False,
        autoflush=False,
    ) as made:
        yield made


class Filled(NamedTuple):
    """A database with the small town of tests.support.town in it, to be copied; its tokens."""

    url: URL
    tokens: dict[str, str]


@cache
def filled(place: Place) -> Filled:
    """Fill a database once for all towns of this process; it goes with its place."""
    engine = make_engine(url := place.copy())
    with transaction(engine) as session:
        tokens = build(session)
    engine.dispose()
    return Filled(url, tokens)


def town_on(
    engine: Engine, folder: Path, tokens: dict[str, str] | None = None, **settings: str
) -> Town:
    """Build the application on a database; on a migrated one the small town first.

    A copy of a filled one comes with its tokens.
    """
    environ = {
        "GRIDGOV_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "GRIDGOV_SECRET_KEY": "a secret of the tests",
        "GRIDGOV_FILES": str(folder),
        "GRIDGOV_SEALS_FILE": str(folder.with_name("seals.jsonl")),
        "GRIDGOV_RATE_LIMITS": "off",
    } | {f"GRIDGOV_{name.upper()}": value for name, value in settings.items()}
    with transaction(engine) as session:
        if tokens is None:
            tokens = build(session)
        else:
            # What this process keeps in memory of another copy is not this one's.
            bump(session, "map", "people", "taxonomy")
    app = create_app(environ=environ)
    return Town(app, app.test_client(), dict(tokens))


@pytest.fixture
def town_engine(place: Place) -> Iterator[Engine]:
    """Give the database of `town`."""
    with opened(place, place.copy(filled(place).url)) as made:
        yield made


@pytest.fixture
def town(place: Place, town_engine: Engine, tmp_path: Path) -> Iterator[Town]:
    """Give a town of the test's own, committed for real."""
    made = town_on(town_engine, tmp_path / "files", filled(place).tokens)
    yield made
    with made.app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def shared_town(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a town that this worker's tests share: leave its people and map alone."""
    yield from committed_town(place, tmp_path_factory)


@pytest.fixture(scope="session")
def still_town(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a shared town in which nothing is committed: whatever is tried there is undone."""
    yield from committed_town(place, tmp_path_factory)


@pytest.fixture(autouse=True)
def own_cookies(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave no cookie of one test, such as its language, in a town that others use too."""
    yield
    for name in {"shared_town", "still_town"} & set(request.fixturenames):
        town: Town = request.getfixturevalue(name)
        town.client = town.app.test_client()


def committed_town(place: Place, folders: pytest.TempPathFactory) -> Iterator[Town]:
    """Build a town in a database of its own."""
    with opened(place, place.copy(filled(place).url)) as engine:
        made = town_on(engine, folders.mktemp("files"), filled(place).tokens)
        yield made
        with made.app.app_context():
            db.engine.dispose()
