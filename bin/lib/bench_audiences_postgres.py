"""The same questions to PostgreSQL over its best indexes, on a cluster of its own that is removed afterwards.

usage: bench_audiences_postgres.py FOLDER

FOLDER holds what `bench-audiences SHOPPERS FOLDER` wrote. Every count must be ours. Medians of nine runs, in milliseconds.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import duckdb

from bench_audiences import RUNS, Town, load_base, normalised

TABLES = ["shopper", "visits", "favourites", "categories", "products", "traits", "tags"]
SETTINGS = {
    "shared_buffers": "3GB", "work_mem": "512MB", "effective_cache_size": "8GB", "jit": "off", "fsync": "off",
    "max_parallel_workers_per_gather": "2", "max_parallel_workers": "2", "listen_addresses": "''", "max_wal_size": "8GB",
    "autovacuum": "off", "random_page_cost": "1.1", "maintenance_work_mem": "1GB",
}
SCHEMA = """
CREATE TABLE shopper (shopper int, receipts int, last_day int, spend bigint, r int, f int, m int, average bigint);
CREATE TABLE visits (key int, shopper int, value int);
CREATE TABLE favourites (key int, shopper int, value int);
CREATE TABLE categories (key int, shopper int, value int);
CREATE TABLE products (key int, shopper int, value int);
CREATE TABLE traits (key int, shopper int);
CREATE TABLE tags (key int, shopper int);
"""
INDEXES = """
ALTER TABLE shopper ADD PRIMARY KEY (shopper);
CREATE INDEX ON shopper (average, receipts) INCLUDE (shopper, spend, last_day);
CREATE INDEX ON shopper (receipts, average) INCLUDE (shopper, spend);
CREATE INDEX ON shopper (last_day) INCLUDE (shopper, r, f, m, average);
CREATE INDEX ON shopper (spend) INCLUDE (shopper, average, receipts);
CREATE INDEX ON shopper (r, f, m) INCLUDE (shopper, receipts, last_day);
CREATE INDEX ON visits (key, shopper) INCLUDE (value);
CREATE INDEX ON favourites (key, value) INCLUDE (shopper);
CREATE INDEX ON categories (key, value) INCLUDE (shopper);
CREATE INDEX ON products (key, value) INCLUDE (shopper);
CREATE INDEX ON traits (key, shopper);
CREATE INDEX ON tags (key, shopper);
VACUUM (ANALYZE);
"""


class Cluster:
    """A PostgreSQL of its own behind a socket in a folder."""

    def __init__(self, folder):
        self.folder = folder
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        self.bin = programs[-1] if programs else pathlib.Path(shutil.which("initdb")).parent
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def run(self, *words, **more):
        return subprocess.run([*self.user, *map(str, words)], check=True, capture_output=True, text=True, **more).stdout

    def start(self):
        self.run(self.bin / "initdb", "-D", f"{self.folder}/data", "--auth=trust", "--locale=C.UTF-8")
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items()) + f" -k {self.folder}"
        self.run(self.bin / "pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options, "start")

    def stop(self):
        self.run(self.bin / "pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")

    def sql(self, text):
        return self.run("psql", "-h", self.folder, "-d", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", input=text)


def load(cluster, town):
    db = duckdb.connect(config={"threads": 2, "memory_limit": "6GB"})
    load_base(db, town)
    cluster.sql(SCHEMA)
    for table in TABLES:
        path = f"{cluster.folder}/{table}.csv"
        db.execute(f"COPY {table} TO '{path}' (HEADER false)")
        os.chmod(path, 0o644)
        cluster.sql(f"COPY {table} FROM '{path}' (FORMAT csv)")
        os.remove(path)
    cluster.sql(INDEXES)


def measure(cluster, condition):
    """The median of the server's own times, without the client's."""
    statement = f"SELECT count(*) FROM shopper WHERE {condition};\n"
    found = int(cluster.sql(statement))
    lines = cluster.sql("\\timing on\n" + statement * RUNS).splitlines()
    times = [float(line.split()[1]) for line in lines if line.startswith("Time:")]
    return found, statistics.median(times)


def main(folder):
    town = Town(folder)
    workspace = tempfile.mkdtemp(prefix="bench-audiences-")
    if os.geteuid() == 0:
        shutil.chown(workspace, "postgres", "postgres")
    cluster = Cluster(workspace)
    cluster.start()
    try:
        load(cluster, town)
        print(f"{'question':20} {'kind':10} {'shoppers':>9} {'ours':>9} {'PostgreSQL':>11} {'times':>8}")
        conditions = normalised()
        for name, (kind, count, ours) in town.answers().items():
            found, millis = measure(cluster, conditions[name])
            if found != count:
                sys.exit(f"{name}: PostgreSQL {found}, ours {count}")
            print(f"{name:20} {kind:10} {count:9} {ours:9.3f} {millis:11.2f} {millis / ours:8.1f}", flush=True)
    finally:
        cluster.stop()
        shutil.rmtree(workspace)


if __name__ == "__main__":
    main(sys.argv[1])
