#!/usr/bin/env python3
"""Real Linux kernels with known page tables: build, list and find the guests that the tests read.

  scripts/guests build [GUEST...]   make what is missing or out of date (without a name: the default ones)
  scripts/guests list               every guest that is defined, and whether it is built
  scripts/guests path GUEST         the folder of a built guest
  scripts/guests observe GUEST PROGRAMS [LOG]
                                    have a guest's kernel do programs of memory operations; write what it showed
                                    (without LOG: beside the built guest, for the tests; not made again while
                                    nothing has changed)
  scripts/guests device GUEST...    build the kernel module for guests' kernels, and test it there
  scripts/guests guards [GUEST...]  see the module's build refuse what a kernel must not have, and its package build
  scripts/guests serve GUEST MEMORY
                                    boot a guest and obey standard input until it ends (serve.py); MEMORY is file,
                                    memfd or plain
  scripts/guests live PAGEWALK GUEST...
                                    have guests read themselves with a static pagewalk (scripts/link-static)
  scripts/guests check [GUEST...]   compare built guests' tables, read from RAM, with their ground truth
  scripts/guests update             fetch Debian's package lists anew; the next build takes what is new
  scripts/guests clean              remove every guest, package and list

A guest is a Debian kernel booted in QEMU without hardware help, imaged while a known process was running.
Guests live in ${PAGEWALK_CACHE:-${XDG_CACHE_HOME:-~/.cache}/pagewalk}/guests.
PAGEWALK_JOBS: how many at once (default and at most: the cores).
BOOT_LIMIT: seconds for one guest to get ready (default 600).

Exit status: 0 done, 1 a guest failed or differs, 2 bad usage, 3 not built (path)."""

import hashlib, json, os, shutil, signal, sys, threading, time, traceback
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import dumps, initramfs, machine, record
from packages import Archive, Failure, locked, run

DEFAULT = ["amd64", "amd64-la57", "i386", "armhf", "arm64", "riscv64"]
HOME_SUITE = "bookworm"
SOURCES = [
    "guest/init",
    "guest/record",
    "guest/probe.c",
    "guest/crowd.c",
    "initramfs.py",
    "machine.py",
    "dumps.py",
    "record.py",
]
printing = threading.Lock()


def cache():
    base = os.environ.get("PAGEWALK_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pagewalk"
    )
    return os.path.join(os.path.abspath(base), "guests")


def definitions():
    with open(HERE + "/guests.json") as f:
        return json.load(f)


def say(text):
    with printing:
        print(text, flush=True)


class Guest:
    def __init__(self, name):
        self.name, self.definition, self.cache = name, definitions()[name], cache()
        self.folder = os.path.join(self.cache, name)
        self.building = os.path.join(self.cache, "building", name)
        suite, architecture = self.definition.get("suite", HOME_SUITE), self.definition["architecture"]
        own, home = (Archive(self.cache, s, architecture) for s in (suite, HOME_SUITE))
        # any kernel runs the home suite's busybox, but that suite has no riscv64
        busybox = own if architecture == "riscv64" else home
        self.sources = {"kernel": (own, self.definition["kernel"]), "busybox": (busybox, "busybox-static")}

    def packages(self):
        """The packages behind the guest by the cached lists; None where those do not tell."""
        return {what: archive.known(name) for what, (archive, name) in self.sources.items()}

    def inputs(self, packages):
        """What the guest is made from, as one number: our sources, its definition, its packages."""
        h = hashlib.sha256()
        for name in SOURCES:
            with open(os.path.join(HERE, name), "rb") as f:
                h.update(hashlib.sha256(f.read()).digest())
        h.update(json.dumps([self.definition, packages], sort_keys=True).encode())
        return h.hexdigest()

    def current(self):
        """Whether the guest is there and made from today's inputs. Never uses the network."""
        try:
            with open(self.folder + "/inputs.json") as f:
                made = json.load(f)
            packages = {what: known or made["packages"][what] for what, known in self.packages().items()}
            return made["hash"] == self.inputs(packages)
        except (FileNotFoundError, ValueError, KeyError):
            return False

    def build(self):
        if self.current():
            return say("%-13s is up to date" % self.name)
        lock = os.path.join(self.cache, "locks", self.name)
        with locked(lock, lambda: say("%-13s waits for another run" % self.name)):
            if self.current():
                return say("%-13s was built by another run" % self.name)
            started = time.monotonic()
            shutil.rmtree(self.building, ignore_errors=True)
            os.makedirs(self.building)
            self.make(self.building)
            shutil.rmtree(self.folder, ignore_errors=True)
            os.rename(self.building, self.folder)
            blocks = sum(
                os.stat(os.path.join(d, f)).st_blocks for d, _, fs in os.walk(self.folder) for f in fs
            )
            say(
                "%-13s done        %6.1f s, %d MB"
                % (self.name, time.monotonic() - started, blocks * 512 // 10**6)
            )

    def stage(self, name, work, *arguments):
        started = time.monotonic()
        r = work(*arguments)
        say("%-13s %-11s %6.1f s" % (self.name, name, time.monotonic() - started))
        return r

    def make(self, out):
        kernel_debs, busybox, packages = self.stage("packages", self.fetch)
        # now: who edits a file while a guest boots finds the guest out of date
        made_from = {"hash": self.inputs(packages), "packages": packages}
        architecture, has_crowd = self.definition["architecture"], self.definition.get("crowd", False)
        made = self.stage(
            "initramfs", initramfs.make, architecture, kernel_debs, busybox, out, has_crowd
        )
        with machine.Machine(self.definition, out, setting("BOOT_LIMIT", 600)) as m:
            text = self.stage("boot", m.wait_ready)
            said = record.keep_parts(text, out)
            _, child = record.probe_pids(said)
            cpu = m.stop_in(record.code_ranges(said["maps.%d" % child]))
            files, missing = self.stage("images", dumps.from_qemu, m, self.definition, out)
            truth = self.stage("truth", record.truth, m, said, cpu, self.definition, out)
        if self.definition.get("makedumpfile"):
            more, lacking = self.stage("makedumpfile", self.makedumpfile, out)
            files.update(more)
            missing.update(lacking)
        truth = {"schema": "pagewalk.guest/1", "name": self.name, **truth, "modules": made["modules"]}
        truth["files"].update(files)
        truth["missing"] = missing
        for name in ("console.log", "qemu.log", "initrd.gz", "vmlinuz"):
            os.unlink(os.path.join(out, name))
        record.write(out, "truth.json", json.dumps(truth, indent=1) + "\n")
        record.write(out, "inputs.json", json.dumps(made_from, indent=1) + "\n")

    def fetch(self):
        """The kernel's deb files, busybox's, and what they are."""
        kernel, busybox = (archive.fetch(name) for archive, name in self.sources.values())
        return kernel, busybox[0], self.packages()

    def makedumpfile(self, out):
        own = run("dpkg", "--print-architecture").decode().strip()
        if own != self.definition["architecture"]:
            return {}, {"makedumpfile": "made for %s, reads only its own architecture's dumps" % own}
        return dumps.from_makedumpfile(out)


def each(guests, work, jobs):
    """Do something for several guests at once; whether all went well."""

    def one(guest):
        try:
            return work(guest) is not False
        except Failure as e:
            say("%-13s FAILED: %s" % (guest.name, e))
        except Exception as e:  # ours, or the file system's: say where
            where = traceback.extract_tb(e.__traceback__)[-1]
            say(
                "%-13s FAILED: %s: %s (%s:%s)"
                % (guest.name, type(e).__name__, e, where.filename, where.lineno)
            )
        return False

    with ThreadPoolExecutor(jobs) as pool:
        return all(list(pool.map(one, guests)))


def built(guest):
    """The folder of a guest that is there, be it up to date or not."""
    if not os.path.exists(guest.folder + "/truth.json"):
        raise Failure("%s is not built (scripts/guests build %s)" % (guest.name, guest.name))
    return guest.folder


def setting(name, default):
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or int(text) < 1:
        print("guests: %s must be a positive number, not '%s'" % (name, text), file=sys.stderr)
        sys.exit(2)
    return int(text)


def stop(*_):
    for m in list(machine.RUNNING):
        m.__exit__()
    say("guests: interrupted")
    os._exit(130)


def main(arguments):
    command, names = (arguments[0], arguments[1:]) if arguments else ("help", [])
    own = {"observe": names[:1], "serve": names[:1], "live": names[1:]}.get(command, names)
    unknown = [n for n in own if n not in definitions()]
    if unknown:
        print("guests: no guest %s (scripts/guests list)" % ", ".join(unknown), file=sys.stderr)
        return 2
    if command == "build":
        cores = len(os.sched_getaffinity(0))
        jobs = min(cores, setting("PAGEWALK_JOBS", cores))
        setting("BOOT_LIMIT", 600)
        guests = [Guest(n) for n in dict.fromkeys(names or DEFAULT)]
        if each(guests, Guest.build, jobs):
            return 0
        say("guests: what a failed guest left is under %s" % os.path.join(cache(), "building"))
        return 1
    if command == "list" and not names:
        for name in definitions():
            g = Guest(name)
            state = (
                "up to date" if g.current() else "out of date" if os.path.exists(g.folder) else "not built"
            )
            kind = "default" if name in DEFAULT else "hold-out" if g.definition.get("holdOut") else ""
            print("%-13s %-11s %s" % (name, state, kind))
        return 0
    if command == "path" and len(names) == 1:
        try:
            print(built(Guest(names[0])))
            return 0
        except Failure as e:
            print("guests: %s" % e, file=sys.stderr)
            return 3
    if command == "observe" and len(names) in (2, 3):
        import observe

        guest, limit, started = Guest(names[0]), setting("BOOT_LIMIT", 600), time.monotonic()
        try:
            if len(names) == 3:
                log = observe.observe(guest, names[1], limit)
                with open(names[2], "wb") as f:
                    f.write(log)
                return 0
            built(guest)
            if observe.keep(guest, names[1], limit):
                say("%-13s log is up to date" % guest.name)
            else:
                say("%-13s log         %6.1f s" % (guest.name, time.monotonic() - started))
        except (Failure, OSError) as e:
            print("guests: %s" % e, file=sys.stderr)
            return 1
        return 0
    if command == "device" and names:
        import device

        limit = setting("BOOT_LIMIT", 1500)
        guests = [Guest(n) for n in dict.fromkeys(names)]
        # Each has several processors, so not as many at once as there are cores.
        jobs = max(1, len(os.sched_getaffinity(0)) // 2)
        return 0 if each(guests, lambda g: device.test(g, limit, say), jobs) else 1
    if command == "guards":
        import guards

        return 0 if each([Guest(n) for n in names or ["amd64"]], lambda g: guards.test(g, say), 1) else 1
    if command == "serve" and len(names) == 2:
        import serve

        try:
            serve.serve(Guest(names[0]), names[1], setting("BOOT_LIMIT", 600))
        except (Failure, OSError) as e:
            print("guests: %s" % e, file=sys.stderr)
            return 1
        return 0
    if command == "live" and len(names) > 1:
        import live

        guests = [Guest(n) for n in dict.fromkeys(names[1:])]
        cores = len(os.sched_getaffinity(0))
        limit = setting("BOOT_LIMIT", 1500)
        work = lambda g: live.live(g, names[0], limit, say)
        return 0 if each(guests, work, min(cores, setting("PAGEWALK_JOBS", cores))) else 1
    if command == "check":
        import check

        guests = [Guest(n) for n in names or definitions()]
        there = [g for g in guests if names or os.path.exists(g.folder)]
        return 0 if each(there, lambda g: check.report(built(g), say), 2) else 1
    if command == "update" and not names:
        for folder in sorted(os.listdir(cache() + "/apt")) if os.path.isdir(cache() + "/apt") else []:
            archive = Archive(cache(), *folder.rsplit("-", 1))
            with locked(archive.lock):
                archive.update()
            say("%s updated" % folder)
        return 0
    if command == "clean" and not names:
        shutil.rmtree(cache(), ignore_errors=True)
        return 0
    asked = command in ("help", "-h", "--help")
    print(__doc__, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


if __name__ == "__main__":
    for s in (signal.SIGINT, signal.SIGTERM):
        signal.signal(s, stop)
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:  # whoever read our output has enough
        os._exit(1)
