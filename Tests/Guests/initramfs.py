"""A guest's kernel and initramfs, out of Debian packages: kernel, busybox, a few modules, init and probe."""

import lzma, os, re, shutil, struct, zlib
from packages import Failure, run

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = ["qemu_fw_cfg", "loop", "dummy", "zram"]
COMPILERS = {
    "amd64": "x86_64-linux-gnu",
    "i386": "i686-linux-gnu",
    "armhf": "arm-linux-gnueabihf",
    "arm64": "aarch64-linux-gnu",
    "riscv64": "riscv64-linux-gnu",
}


def decompress(b):
    """By magic number: gzip, xz, zstd, EFI zboot around one of them; anything else as it is."""
    if b[:2] == b"\x1f\x8b":
        return zlib.decompressobj(31).decompress(b)  # bytes may follow the stream
    if b[:6] == b"\xfd7zXZ\0":
        return lzma.LZMADecompressor().decompress(b)
    if b[:4] == b"\x28\xb5\x2f\xfd":
        return run("zstd", "-dcq", input=b)
    if b[:2] == b"MZ" and b[4:8] == b"zimg":
        offset, size = struct.unpack_from("<II", b, 8)
        return decompress(b[offset : offset + size])
    return b


def read(path):
    with open(path, "rb") as f:
        return f.read()


def walk(roots):
    for root in roots:
        for folder, _, files in os.walk(root):
            for name in files:
                yield root, folder, name


def modules(roots):
    """The wanted modules and what they depend on, as (name, bytes) in loading order.

    A kernel may have some of them built in, or not at all.
    """
    paths, order, seen = {}, [], set()
    for _, folder, name in walk(roots):
        m = re.match(r"(.*)\.ko(\.xz|\.zst|\.gz)?$", name)
        if m:
            paths[m[1].replace("-", "_")] = os.path.join(folder, name)

    def visit(name):
        if name in seen or name not in paths:
            return
        seen.add(name)
        b = decompress(read(paths[name]))
        m = re.search(rb"\0depends=([^\0]*)\0", b)
        for d in m[1].decode().split(",") if m and m[1] else []:
            visit(d.replace("-", "_"))
        order.append((name, b))

    for name in MODULES:
        visit(name)
    return order


def kernel(roots, architecture, out):
    """Copy the kernel image and its configuration; the kernel's release."""
    release = None
    for root, folder, name in walk(roots):
        for kind in ("vmlinuz", "vmlinux", "config"):  # riscv64 has had both image names
            if (folder == root + "/boot" and name.startswith(kind + "-")) or (
                "/lib/modules/" in folder and folder.count("/", len(root)) <= 4 and name == kind
            ):
                shutil.copy(
                    os.path.join(folder, name), os.path.join(out, "config" if kind == "config" else "vmlinuz")
                )
                if kind != "config":
                    release = name[len(kind) + 1 :] or folder.split("/lib/modules/")[1].split("/")[0]
    if not release:
        raise Failure("no kernel image in the kernel's packages")
    if architecture == "riscv64":  # QEMU 7.2 boots the bare image only
        b = decompress(read(out + "/vmlinuz"))
        with open(out + "/vmlinuz", "wb") as f:
            f.write(b)
    return release


def compiler(architecture):
    own = run("dpkg", "--print-architecture").decode().strip()
    return "gcc" if own == architecture else COMPILERS[architecture] + "-gcc"


def pack(tree, path):
    """A newc cpio archive of a folder, gzipped; device nodes are made by hand so that no root is needed."""
    out = bytearray()

    def entry(name, mode, data=b"", device=(0, 0)):
        encoded = name.encode() + b"\0"
        number, links = len(out) // 4 + 1, 2 if mode & 0o40000 else 1
        fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(encoded), 0)
        out.extend(b"070701" + b"".join(b"%08x" % f for f in fields) + encoded)
        out.extend(bytes(-len(out) % 4))
        out.extend(data)
        out.extend(bytes(-len(out) % 4))

    for folder, folders, files in os.walk(tree):
        folders.sort()
        name = os.path.relpath(folder, tree)
        entry(name, 0o40755)
        for f in sorted(files):
            b = read(os.path.join(folder, f))
            entry(os.path.normpath(os.path.join(name, f)), 0o100755, b)
    entry("dev/console", 0o20600, device=(5, 1))
    entry("dev/null", 0o20666, device=(1, 3))
    entry("TRAILER!!!", 0)
    with open(path, "wb") as f:
        c = zlib.compressobj(6, zlib.DEFLATED, 31)
        f.write(c.compress(bytes(out)) + c.flush())


def compile_program(architecture, name, program):
    """A program of guest/, for any kernel of the architecture."""
    flags = ["-O2", "-Wall", "-Werror", "-static", "-pthread"]
    run(compiler(architecture), *flags, "-o", program, "%s/guest/%s.c" % (HERE, name))


def make(architecture, kernel_debs, busybox_deb, out, has_crowd=False):
    """Leave vmlinuz, config, probe and initrd.gz in a folder; {release, modules}."""
    scratch, tree = out + "/unpacked", out + "/initrd"
    roots = []
    for i, deb in enumerate(kernel_debs + [busybox_deb]):
        roots.append("%s/%d" % (scratch, i))
        os.makedirs(roots[-1])
        run("dpkg-deb", "-x", deb, roots[-1])
    release = kernel(roots[:-1], architecture, out)
    for d in ("bin", "modules", "dev"):
        os.makedirs(os.path.join(tree, d))
    busybox = [os.path.join(d, f) for _, d, f in walk(roots[-1:]) if f == "busybox" and d.endswith("/bin")]
    if not busybox:
        raise Failure("no busybox in " + os.path.basename(busybox_deb))
    shutil.copy(busybox[0], tree + "/bin/busybox")
    for script in ("init", "record"):
        shutil.copy("%s/guest/%s" % (HERE, script), "%s/%s" % (tree, script))
    compile_program(architecture, "probe", tree + "/bin/probe")
    if has_crowd:
        compile_program(architecture, "crowd", tree + "/crowd")
    shutil.copy(tree + "/bin/probe", out + "/probe")
    loaded = modules(roots[:-1])
    for name, b in loaded:
        with open("%s/modules/%s.ko" % (tree, name), "wb") as f:
            f.write(b)
    with open(tree + "/modules/order", "w") as f:
        f.write("".join(name + ".ko\n" for name, _ in loaded))
    pack(tree, out + "/initrd.gz")
    shutil.rmtree(scratch)
    shutil.rmtree(tree)
    return {"release": release, "modules": [name for name, _ in loaded]}
