"""Memory images of a stopped guest, in every format that QEMU and makedumpfile write."""

import os, re, struct
from packages import Failure, run

MAKEDUMPFILE = {  # kind -> what makedumpfile is told; -d 31 leaves out zero, cache, user and free pages
    "makedumpfile-plain": ["-d", "0"],
    "makedumpfile-zlib": ["-c", "-d", "0"],
    "makedumpfile-lzo": ["-l", "-d", "0"],
    "makedumpfile-snappy": ["-p", "-d", "0"],
    "makedumpfile-zstd": ["-z", "-d", "0"],
    "makedumpfile-filtered": ["-l", "-d", "31"],
    "makedumpfile-flattened": ["-F", "-c", "-d", "31"],
    "makedumpfile-split": ["-c", "-d", "31", "--split", "--splitblock-size", "1024"],
    "makedumpfile-elf": ["-E", "-d", "31"],
}


def sparse(path):
    """Let a file's zero blocks take no disk space."""
    os.rename(path, path + ".full")
    run("cp", "--sparse=always", path + ".full", path)
    os.unlink(path + ".full")


def from_physical_memory(machine, folder):
    """RAM as the processor addresses it, holes included as zeros that take no space."""
    with open(folder + "/ram.raw", "wb") as out:
        out.truncate(machine.size)
        for start, size in machine.ranges:
            machine.qmp.command("pmemsave", val=start, size=size, filename="ram.part")
            out.seek(start - machine.base)
            with open(folder + "/ram.part", "rb") as part:
                while chunk := part.read(1 << 16):
                    if chunk.count(0) == len(chunk):
                        out.seek(len(chunk), os.SEEK_CUR)
                    else:
                        out.write(chunk)
            os.unlink(folder + "/ram.part")


def from_qemu(machine, definition, folder):
    """{kind: file name} of QEMU's dumps, and {kind: reason} of those that it does not write here."""
    files, missing = {}, {}
    wanted = [("elf", "elf", False)] + [("elf-paging", "elf", True)] * machine.x86
    wanted += [(k, k, False) for k in ("kdump-zlib", "kdump-lzo", "kdump-snappy")]
    left_out = definition.get("without", [])
    missing.update({kind: "left out: this guest has too much memory for it" for kind in left_out})
    for kind, form, paging in wanted:
        if kind in left_out:
            continue
        name = "dump." + kind
        try:  # QEMU takes no format together with paging=true
            how = {"paging": True} if paging else {"paging": False, "format": form}
            machine.qmp.command("dump-guest-memory", protocol="file:" + name, **how)
        except Failure as e:
            if kind == "elf":
                raise
            missing[kind] = str(e)
            if os.path.exists(os.path.join(folder, name)):
                os.unlink(os.path.join(folder, name))
            continue
        files[kind] = name
    from_physical_memory(machine, folder)
    files["raw"] = "ram.raw"
    for kind, name in files.items():
        os.chmod(os.path.join(folder, name), 0o644)
        if kind != "raw" and not kind.startswith("kdump"):
            sparse(os.path.join(folder, name))
    return files, missing


def tidy_headers(path):
    """Put an ELF file's program headers right behind its header.

    QEMU 7.2 puts a section table between them; makedumpfile 1.7.2 takes no notice of e_phoff.
    """
    with open(path, "r+b") as f:
        h = bytearray(f.read(4096))
        if h[:5] != b"\x7fELF\x02":
            raise Failure("QEMU's dump is not a 64-bit ELF file")
        (offset,) = struct.unpack_from("<Q", h, 32)
        size, count = struct.unpack_from("<HH", h, 54)
        headers = h[offset : offset + size * count]
        struct.pack_into("<QQ", h, 32, 64, 0)
        struct.pack_into("<HHHHHH", h, 52, 64, size, count, 64, 0, 0)
        h[64 : 64 + len(headers)] = headers
        f.seek(0)
        f.write(h)


def from_makedumpfile(folder):
    """The same for makedumpfile, which must have been made for the guest's architecture."""
    files, missing = {}, {}
    source = folder + "/tidy.elf"
    run("cp", "--sparse=always", folder + "/dump.elf", source)
    tidy_headers(source)
    said = run("sh", "-c", "makedumpfile -v 2>&1 || :").decode()
    for kind, arguments in MAKEDUMPFILE.items():
        method = kind.split("-")[1]
        if re.search(r"^%s\s+disabled" % method, said, re.M):
            missing[kind] = "this makedumpfile was built without " + method
            continue
        names = [kind + ".1", kind + ".2"] if "--split" in arguments else [kind]
        try:
            if "-F" in arguments:
                with open(os.path.join(folder, kind), "wb") as f:
                    f.write(run("makedumpfile", *arguments, "tidy.elf", cwd=folder))
            else:
                run("makedumpfile", *arguments, "tidy.elf", *names, cwd=folder)
        except Failure as e:
            missing[kind] = str(e)
            for name in names:
                if os.path.exists(os.path.join(folder, name)):
                    os.unlink(os.path.join(folder, name))
            continue
        for name in names:
            files[name] = name
            os.chmod(os.path.join(folder, name), 0o644)
            if method in ("plain", "elf"):
                sparse(os.path.join(folder, name))
    os.unlink(source)
    return files, missing
