"""/dev/pagewalk in a guest: builds the module for the guest's kernel, boots it with the tests, and judges.

The kernel's headers are packages like the kernel itself; they are unpacked beside the guests, and nothing is
installed. What the tests are is in device/; a guest prints a line for each."""

import os, re, shutil, subprocess, tempfile, time
import initramfs, machine
from packages import Archive, Failure, locked, run

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.normpath(os.path.join(HERE, "..", ".."))
ARCHITECTURES = {"amd64": "x86_64", "i386": "i386", "armhf": "arm", "arm64": "arm64", "riscv64": "riscv"}
# Runs a program of a kernel's headers by the loader of the C library that was unpacked beside them.
LAUNCHER = """#!/bin/sh
program=$(readlink -f "$0")
for folder in "${program%%/usr/lib/linux-kbuild*}"/libc6/usr/lib/*-linux-gnu; do
	for loader in "$folder"/ld-linux*.so.*; do exec "$loader" --library-path "$folder" "$program.bin" "$@"; done
done
"""
# What a kernel prints when something is wrong with it.
TROUBLE = r"WARNING:|BUG:|Oops|Call Trace|Backtrace:|general protection|refcount_t|leaked|Unable to handle"


def debian_architecture():
    return run("dpkg", "--print-architecture").decode().strip()


def headers(guest, release):
    """The folder of a kernel's headers, with the tools of this machine's architecture."""
    suite = guest.definition.get("suite", "bookworm")
    architecture = guest.definition["architecture"]
    folder = os.path.join(guest.cache, "headers", release)
    with locked(os.path.join(guest.cache, "locks", "headers-" + release)):
        if os.path.isdir(folder):
            return folder + "/usr/src/linux-headers-" + release
        theirs = Archive(guest.cache, suite, architecture)
        own = Archive(guest.cache, suite, debian_architecture())
        name = "linux-headers-" + release
        depends = re.search(r"^Depends: (.*)", theirs.show(name), re.M)
        if not depends:
            raise Failure("Debian %s has no package %s" % (suite, name))
        needed = re.findall(r"\b(linux-(?:headers|kbuild)-\S+?)(?::\w+)?(?= |,|$)", depends[1])
        scratch = folder + ".partial"
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        for archive, package in [(theirs, name)] + [(own, n) for n in needed]:
            for deb in archive.fetch(package):
                run("dpkg-deb", "-x", deb, scratch)
        # The one absolute path in it.
        makefile = scratch + "/usr/src/%s/Makefile" % name
        with open(makefile) as f:
            text = f.read()
        with open(makefile, "w") as f:
            f.write(text.replace("/usr/src/", folder + "/usr/src/"))
        run_with_own_library(own, scratch)
        os.rename(scratch, folder)
    return folder + "/usr/src/linux-headers-" + release


def run_with_own_library(archive, folder):
    """Have the headers' programs run here, if they are of a Debian whose C library is newer."""
    for _, place, name in list(initramfs.walk([folder + "/usr/lib"])):
        program = os.path.join(place, name)
        if not name.startswith(("fixdep", "modpost")) or b"GLIBC_" not in run_for_errors(program):
            continue
        if not os.path.isdir(folder + "/libc6"):
            for deb in archive.fetch("libc6"):
                run("dpkg-deb", "-x", deb, folder + "/libc6")
        os.rename(program, program + ".bin")
        with open(program, "w") as f:
            f.write(LAUNCHER)
        os.chmod(program, 0o755)


def run_for_errors(program):
    return subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True).stderr


def target(architecture, tree):
    """What make needs to be told of an architecture, and of compilers that this machine lacks."""
    own, kernel = debian_architecture(), ["ARCH=" + ARCHITECTURES[architecture]]
    with open(tree + "/.kernelvariables") as f:
        pinned = re.search(r"^CC = .*gcc(-\d+)$", f.read(), re.M)
    compiler = initramfs.compiler(architecture)
    if pinned and not shutil.which(compiler + pinned[1]):
        # What only the newer one knows is left out.
        kernel += ["CC=" + compiler, "CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=", "KCFLAGS=-Wno-attributes"]
    if own == architecture:
        return kernel
    triple = initramfs.COMPILERS[architecture]
    return kernel + [
        "CROSS_COMPILE=%s-" % triple,
        "DEB_HOST_GNU_TYPE=" + triple,
        "DEB_BUILD_ARCH=" + own,
        "DEB_HOST_ARCH=" + architecture,
    ]


def module(guest, release):
    """Build the module, or what of it is not up to date; (its path, the seconds that took)."""
    architecture = guest.definition["architecture"]
    if architecture not in ARCHITECTURES:
        raise Failure("the module knows no format for " + architecture)
    tree, folder = headers(guest, release), os.path.join(guest.cache, "device", release)
    with locked(os.path.join(guest.cache, "locks", "device-" + release)):
        started = time.monotonic()
        made = subprocess.run(
            ["make", "-s", "-C", HOME + "/kmod", "KDIR=" + tree, "BUILD=" + folder]
            # A module's BTF would need pahole.
            + ["CONFIG_DEBUG_INFO_BTF_MODULES="]
            + target(architecture, tree),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    if made.returncode:
        raise Failure("the module does not build: " + made.stdout.decode(errors="replace").strip()[-2000:])
    return folder + "/pagewalk.ko", time.monotonic() - started


def prepare(guest, folder):
    """Leave vmlinuz and initrd.gz in a folder; what is to be said about the module."""
    kernel_debs, busybox, _ = guest.fetch()
    architecture = guest.definition["architecture"]
    tree, roots = folder + "/initrd", []
    for i, deb in enumerate(kernel_debs + [busybox]):
        roots.append("%s/unpacked/%d" % (folder, i))
        os.makedirs(roots[-1])
        run("dpkg-deb", "-x", deb, roots[-1])
    release = initramfs.kernel(roots[:-1], architecture, folder)
    path, seconds = module(guest, release)
    for d in ("bin", "dev", "modules"):
        os.makedirs(os.path.join(tree, d))
    for _, d, f in initramfs.walk(roots[-1:]):
        if f == "busybox" and d.endswith("/bin"):
            shutil.copy(os.path.join(d, f), tree + "/bin/busybox")
    with open(tree + "/modules/order", "w") as order:
        for name, b in initramfs.modules(roots[:-1]):
            if name in ("qemu_fw_cfg", "loop", "dummy"):
                continue
            with open("%s/modules/%s.ko" % (tree, name), "wb") as f:
                f.write(b)
            order.write(name + ".ko\n")
    strip = "strip" if debian_architecture() == architecture else initramfs.COMPILERS[architecture] + "-strip"
    run(strip, "--strip-debug", "-o", tree + "/pagewalk.ko", path)
    sources = [os.path.join(HERE, "device", f) for f in sorted(os.listdir(HERE + "/device")) if f.endswith(".c")]
    run(
        initramfs.compiler(architecture),
        *"-O2 -Wall -Wextra -Werror -static -D_FILE_OFFSET_BITS=64".split(),
        *["-I", HOME + "/kmod/include", "-o", tree + "/bin/device"],
        *sources,
    )
    shutil.copy(HERE + "/device/init", tree + "/init")
    initramfs.pack(tree, folder + "/initrd.gz")
    return "module: %d bytes stripped, built in %.0f s" % (os.path.getsize(tree + "/pagewalk.ko"), seconds)


def shape(text):
    """Lines without what differs from boot to boot: times, hexadecimal numbers, the width of columns."""
    lines = [re.sub(r"^\[.*?\] ", "", line) for line in text.strip().split("\n")]
    return [re.sub(r" +", " ", re.sub(r"\b(0x)?[0-9a-f]+\b", "N", line)) for line in lines]


def documented(guest, transcript):
    """What is wrong with the documents' copies of the log, if something is."""
    for name in ("README.md", "kmod/README.md"):
        with open(os.path.join(HOME, name)) as f:
            shown = re.findall(r"<!-- device: %s -->\n```\n.*?\n(.*?)```" % re.escape(guest.name), f.read(), re.S)
        for block in shown:
            if shape(block) != shape(transcript):
                return ["not ok %s shows the log as it is: the log is now\n%s" % (name, transcript)]
    return []


def test(guest, limit, say):
    """Run the tests in a guest; whether all went well."""
    os.makedirs(guest.cache, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="device-", dir=guest.cache) as folder:
        built = prepare(guest, folder)
        # Several processors, whatever the guest has: the tests race.
        definition = dict(guest.definition)
        definition["qemu"] = re.sub(r"-smp \d+", "-smp 4", definition["qemu"])
        # More than a 32-bit kernel can map at once: tables and pages in high memory.
        if definition["architecture"] == "armhf":
            definition["memoryMiB"] = max(1024, definition["memoryMiB"])
        # On a busy host x86's check of its timer fails, which is a panic.
        if definition["architecture"] in ("amd64", "i386"):
            definition["append"] += " no_timer_check"
        # A 32-bit kernel takes QEMU's AMD processor for one that must not have a second one beside it, and warns.
        if definition["architecture"] == "i386":
            definition["qemu"] = definition["qemu"].replace("-cpu max", "-cpu max,vendor=GenuineIntel")
        started = time.monotonic()
        with machine.Machine(definition, folder, limit) as m:
            text = m.wait_ready()
        seconds = time.monotonic() - started
    lines = text.partition("@@BEGIN\n")[2].split("\n")
    wrong = [l for l in lines if l.startswith("not ok")]
    wrong += ["not ok the kernel has nothing to say: " + l for l in text.split("\n") if re.search(TROUBLE, l)]
    passed = sum(l.startswith("ok ") for l in lines)
    if "@@STATUS 0" not in lines:
        wrong.append("not ok the tests ended: " + "\n".join(lines[-5:]))
    transcript = re.search(r"@@TRANSCRIPT\n(.*?)@@END", text, re.S)
    if transcript:
        wrong += documented(guest, re.sub(r"<\d>", "", transcript[1]))
    for line in [built] + [l for l in lines if re.match(r"(pages|stress|kernel|cost|note): ", l)] + wrong:
        say("%-13s %s" % (guest.name, line))
    if os.environ.get("PAGEWALK_TRANSCRIPT") and transcript:
        say(transcript[1])
    say("%-13s %d checks passed, %d failed, %.0f s in QEMU" % (guest.name, passed, len(wrong), seconds))
    return not wrong and passed > 80
