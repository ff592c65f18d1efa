"""Debian packages of any suite and architecture, through apt with a configuration of its own.

The system's sources, package lists and dpkg architectures are neither read (but for the mirror's address) nor
changed. The lists are fetched once and kept: what a guest is made from changes only on `update`, or when the
archive no longer has the version that the lists name."""

import fcntl, json, os, re, shutil, subprocess
from contextlib import contextmanager

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DEFAULT_MIRROR = "http://deb.debian.org/debian"


class Failure(Exception):
    """What went wrong, in words for the person at the terminal."""


@contextmanager
def locked(path, before_waiting=lambda: None):
    """Hold an exclusive lock on a file; other processes and other threads wait."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            before_waiting()
            fcntl.flock(f, fcntl.LOCK_EX)
        yield


def run(*command, **options):
    """Run a command; its standard output, or Failure with the end of its standard error."""
    try:
        r = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    except FileNotFoundError:
        raise Failure("%s is not installed (scripts/install-packages guests)" % command[0])
    if r.returncode:
        shown = " ".join(word for word in command if not word.startswith("-o"))
        raise Failure("%s failed: %s" % (shown, r.stderr.decode(errors="replace").strip()[-600:]))
    return r.stdout


def mirror():
    """The Debian mirror that the system uses, or Debian's own name for one."""
    try:
        for line in run("apt-get", "indextargets", "--format", "$(ORIGIN)\t$(REPO_URI)").decode().split("\n"):
            origin, _, uri = line.partition("\t")
            if origin == "Debian" and uri.rstrip("/").endswith("/debian"):
                return uri
    except Failure:
        pass
    return DEFAULT_MIRROR


class Archive:
    """One suite and architecture."""

    def __init__(self, cache, suite, architecture):
        self.name = "%s-%s" % (suite, architecture)
        self.suite, self.architecture = suite, architecture
        self.home = os.path.join(cache, "apt", self.name)
        self.packages = os.path.join(cache, "packages")
        self.lock = os.path.join(cache, "locks", "apt-" + self.name)

    def options(self):
        settings = {
            "Dir::Etc::sourcelist": self.home + "/sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State": self.home,
            "Dir::State::Lists": self.home + "/lists",
            "Dir::State::status": self.home + "/status",
            "Dir::Cache": self.home + "/cache",
            "APT::Architecture": self.architecture,
            "APT::Architectures": self.architecture,
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "",
            "Acquire::Retries": "3",
        }
        return ["-o%s=%s" % s for s in settings.items()]

    def apt(self, tool, *arguments, **options):
        return run(tool, *self.options(), *arguments, **options).decode()

    def update(self):
        """Fetch the package lists anew."""
        for d in ("lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(self.home, d), exist_ok=True)
        open(self.home + "/status", "w").close()
        signed = "[signed-by=%s] " % KEYRING if os.path.exists(KEYRING) else ""
        with open(self.home + "/sources.list", "w") as f:
            f.write("deb %s%s %s main\n" % (signed, mirror(), self.suite))
        self.apt("apt-get", "-qq", "-oAPT::Update::Error-Mode=any", "update")
        with open(self.home + "/resolved.json", "w") as f:
            f.write("{}")

    def known(self, name):
        """The deb files behind a package name as remembered, or None; never asks apt."""
        try:
            with open(self.home + "/resolved.json") as f:
                return json.load(f).get(name)
        except FileNotFoundError:
            return None

    def resolve(self, name):
        """The packages behind a name: itself; for a kernel's meta-package the kernel and its parts."""
        with locked(self.lock):
            if not os.path.exists(self.home + "/resolved.json"):
                self.update()
            found = self.known(name)
            if found is None:
                found = [
                    self.stanza(n) for n in (self.kernel(name) if name.startswith("linux-image") else [name])
                ]
                with open(self.home + "/resolved.json") as f:
                    memory = json.load(f)
                memory[name] = found
                with open(self.home + "/resolved.json.new", "w") as f:
                    json.dump(memory, f, indent=1)
                os.rename(self.home + "/resolved.json.new", self.home + "/resolved.json")
            return found

    def show(self, name):
        try:
            return self.apt("apt-cache", "show", "--no-all-versions", name)
        except Failure:
            return ""

    def stanza(self, name):
        text = self.show(name)
        if not text:
            raise Failure("Debian %s has no package %s for %s" % (self.suite, name, self.architecture))
        version = re.search(r"^Version: (.*)", text, re.M)[1]
        architecture = re.search(r"^Architecture: (.*)", text, re.M)[1]
        return {
            "package": name,
            "version": version,
            "file": "%s_%s_%s.deb" % (name, version.replace(":", "%3a"), architecture),
        }

    def kernel(self, meta):
        """The kernel package behind a meta-package, and those its files are split into (kernels >= 7)."""
        m = re.search(r"Depends: (linux-image-\d[^\s:]*)", self.apt("apt-cache", "depends", meta))
        if not m:
            raise Failure("Debian %s has no kernel behind %s for %s" % (self.suite, meta, self.architecture))
        depends = re.search(r"^Depends: (.*)", self.show(m[1]), re.M)
        return [m[1]] + re.findall(
            r"\b(linux-(?:base|binary|modules)-\d[^\s,]*)", depends[1] if depends else ""
        )

    def fetch(self, name):
        """The deb files behind a name, downloaded if they are not here yet."""
        found = self.resolve(name)
        try:
            return [self.download(p) for p in found]
        except Failure:  # the archive may have moved on: look what it has now
            with locked(self.lock):
                self.update()
            return [self.download(p) for p in self.resolve(name)]

    def download(self, package):
        path = os.path.join(self.packages, package["file"])
        with locked(os.path.join(os.path.dirname(self.lock), package["file"])):
            if not os.path.exists(path):
                scratch = path + ".partial"
                shutil.rmtree(scratch, ignore_errors=True)
                os.makedirs(scratch)
                self.apt("apt-get", "-qq", "download", "%(package)s=%(version)s" % package, cwd=scratch)
                (got,) = os.listdir(scratch)
                os.rename(os.path.join(scratch, got), path)
                os.rmdir(scratch)
        return path
