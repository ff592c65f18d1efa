"""Compare a guest's page tables, read straight from its RAM, with its ground truth.

This shares no code with what it checks: it shows that a guest's files belong together, before anything else
is tested with them. Differences that are known and right have names; anything else is a difference."""

import json, mmap, os

class Tables:
    """The page tables in ram.raw."""

    def __init__(self, folder, truth):
        with open(folder + "/ram.raw", "rb") as f:
            self.ram = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
        self.base = int(truth["ram"]["base"], 16)
        self.format = truth["pagingFormat"]
        self.page_bits = truth.get("pageSizeBytes", 4096).bit_length() - 1

    def word(self, pa, size):
        at = pa - self.base
        return int.from_bytes(self.ram[at : at + size], "little") if 0 <= at <= len(self.ram) - size else 0

    def walk(self, registers, va):
        """(physical address, last entry), or None."""
        if self.format in ("x86", "arm"):
            return getattr(self, "walk_" + self.format)(registers, va)
        if self.format.startswith("riscv"):
            return self.walk_riscv(registers, va)
        if self.format.startswith("x86"):
            levels = {"x86-pae": 3, "x86-64": 4, "x86-64-la57": 5}[self.format]
            top = 32 if levels == 3 else 12 + 9 * levels
            table = registers["cr3"] & (0xFFFFFFE0 if levels == 3 else 0xFFFFFFFFFF000)
            return self.radix(
                table,
                va,
                top,
                0xFFFFFFFFFF000,
                lambda e, shift: e & 1,
                lambda e, shift: shift == 12 or (shift <= 30 and e & 0x80),
            )
        return self.walk_long(registers, va)

    def radix(self, table, va, top, mask, present, leaf):
        """Tables of a page of eight-byte entries from bit `top` down; the first may be smaller."""
        page_bits, bits = self.page_bits, self.page_bits - 3
        shift = (top - 1 - page_bits) // bits * bits + page_bits
        index = (va & (1 << top) - 1) >> shift
        while True:
            entry = self.word(table + index * 8, 8)
            self.last = va, entry, shift
            if not present(entry, shift):
                return None
            if leaf(entry, shift):
                inside = (1 << shift) - 1
                return (entry & mask & ~inside) | (va & inside), entry
            table, shift = entry & mask & -1 << page_bits, shift - bits
            index = va >> shift & (1 << bits) - 1

    def walk_long(self, registers, va):
        """AArch64, as long as RAM is below 256 TiB, and ARM's long descriptors.

        The size of pages is the kernel's, not the register's: a kernel has one for both halves."""
        narrow = self.format == "arm-lpae"
        control = registers["ttbcr" if narrow else "tcr_el1"]
        bits = 32 if narrow else 64
        sizes = [control & 7, control >> 16 & 7] if narrow else [control & 63, control >> 16 & 63]
        if sizes[1]:
            high = va >> (bits - sizes[1]) == (1 << sizes[1]) - 1
        else:
            high = sizes[0] and va >> (bits - sizes[0])
        high = 1 if high else 0
        top = bits - sizes[high]
        name = "ttbr%d" % high if narrow else "ttbr%d_el1" % high
        table = registers[name] & 0xFFFFFFFFFFE0
        return self.radix(
            table,
            va,
            top,
            0xFFFFFFFFF000,
            lambda e, shift: e & 1 and (shift > self.page_bits or e & 2),
            lambda e, shift: shift == self.page_bits or not e & 2,
        )

    def hinted(self):
        """The frame of the page whose walk ended last, if Linux only took it from the processor for a while, to see
        who uses it (NUMA balancing, x86-64): no access, and the frame's number inverted (L1TF)."""
        if not self.format.startswith("x86-64"):
            return None
        va, entry, shift = self.last
        inside = (1 << shift) - 1
        hinted = entry & 0x101 == 0x100
        return (~entry & 0xFFFFFFFFFF000 & ~inside | va & inside) >> 12 if hinted else None

    def walk_riscv(self, registers, va):
        top = {"riscv-sv39": 39, "riscv-sv48": 48, "riscv-sv57": 57}[self.format]
        if va >> (top - 1) not in (0, (1 << (65 - top)) - 1):
            return None
        table, shift = (registers["satp"] & (1 << 44) - 1) << 12, top - 9
        while shift >= 12:
            entry = self.word(table + (va >> shift & 511) * 8, 8)
            if not entry & 1:
                return None
            table = (entry >> 10 & (1 << 44) - 1) << 12
            if entry & 14:
                inside = (1 << shift) - 1
                return (table & ~inside) | (va & inside), entry
            shift -= 9
        return None

    def walk_x86(self, registers, va):
        entry = self.word((registers["cr3"] & ~0xFFF) + (va >> 22) * 4, 4)
        if entry & 0x81 == 0x81:
            return (entry & 0xFFC00000) | (entry >> 13 & 0xFF) << 32 | (va & 0x3FFFFF), entry
        if entry & 1:
            entry = self.word((entry & ~0xFFF) + (va >> 12 & 1023) * 4, 4)
        return ((entry & ~0xFFF) | (va & 0xFFF), entry) if entry & 1 else None

    def walk_arm(self, registers, va):
        entry = self.word((registers["ttbr0"] & ~0x3FFF) + (va >> 20) * 4, 4)  # Linux has ttbcr.N = 0
        if entry & 2:
            inside = 0xFFFFFF if entry & 1 << 18 else 0xFFFFF
            return (entry & 0xFFFFFFFF & ~inside) | (va & inside), entry
        if entry & 1:
            entry = self.word((entry & ~0x3FF) + (va >> 12 & 255) * 4, 4)
            inside = {0: None, 1: 0xFFFF}.get(entry & 3, 0xFFF)
            return None if inside is None else ((entry & 0xFFFFFFFF & ~inside) | (va & inside), entry)
        return None


def rows(folder, name):
    with open(os.path.join(folder, name)) as f:
        return [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]


def registers(named):
    return {k: int(v, 16) for k, v in named.items()}


def pagemap(tables, user, folder):
    for va, entry, name in rows(folder, "pagemap.tsv"):
        va, entry = int(va, 16), int(entry, 16)
        found = tables.walk(user, va)
        if (
            entry >> 63
            and found
            and found[0] == (entry & (1 << 55) - 1) << tables.page_bits
            or not entry >> 63
            and not found
        ):
            yield "equal", None
        elif found and not entry >> 63 and name == "dev":
            yield "device page: pagemap tells none", None
        elif entry >> 63 and not found and name == "none":
            yield "no access: in Linux's tables only", None
        elif entry >> 63 and not found and tables.hinted() == entry & (1 << 55) - 1:
            yield "taken to see its use: in Linux's tables only", None
        elif entry >> 63 and not found and tables.format == "arm":
            yield "old page: in Linux's tables only", None
        else:
            yield "different", "%#x pagemap %#x, tables %s" % (va, entry, found)


def gva2gpa(tables, user, kernel, folder):
    for va, pa, root in rows(folder, "gva2gpa.tsv"):
        found = tables.walk(kernel if root == "kernel" else user, int(va, 16))
        if (pa == "unmapped" and not found) or (found and pa == "%x" % found[0]):
            yield "equal", None
        else:
            yield "different", "%s %s QEMU %s, tables %s" % (va, root, pa, found)


def tlb(tables, cpu, folder, name):
    for va, pa, _ in rows(folder, name):
        found = tables.walk(cpu, int(va, 16))
        same = found and found[0] == int(pa, 16)
        yield ("equal", None) if same else ("different", "%s QEMU %s, tables %s" % (va, pa, found))


def info_mem(tables, user, folder, name):
    for va, pa, size, flags in rows(folder, name):
        page = 1 << tables.page_bits
        for at in range(0, int(size, 16), page):
            found = tables.walk(user, int(va, 16) + at)
            said = found and "".join(c if found[1] >> b & 1 else "-" for b, c in enumerate("rwxugad", 1))
            same = found and found[0] == int(pa, 16) + at and said == flags
            yield (
                ("equal", None)
                if same
                else ("different", "%s+%x QEMU %s %s, tables %s" % (va, at, pa, flags, found))
            )
            if at > 1 << 20 and size != "%x" % (at + page):
                break  # long ranges: their first MiB


def report(folder, say):
    """Say what was compared; whether nothing differs."""
    with open(folder + "/truth.json") as f:
        truth = json.load(f)
    tables = Tables(folder, truth)
    cpus = [registers(c) for c in truth["cpus"]]
    user = cpus[truth["userModeCPU"]]
    kernel = registers(truth.get("kernelMode", {}).get("registers", {})) or user
    compared = {"pagemap": pagemap(tables, user, folder), "gva2gpa": gva2gpa(tables, user, kernel, folder)}
    for kind, name in truth["files"].items():
        _, _, cpu = kind.partition(".cpu")
        if kind.startswith("tlb"):
            compared[kind] = tlb(tables, cpus[int(cpu)] if cpu else user, folder, name)
        elif kind.startswith("info_mem"):
            compared[kind] = info_mem(tables, cpus[int(cpu)] if cpu else user, folder, name)
    good = True
    for what, results in compared.items():
        counts, first = {}, []
        for result, detail in results:
            counts[result] = counts.get(result, 0) + 1
            if detail and len(first) < 3:
                first.append(detail)
        good = good and "different" not in counts and counts.get("equal", 0) > 0
        say(
            "%-13s %-9s %s%s"
            % (
                truth["name"],
                what,
                ", ".join("%s: %d" % c for c in sorted(counts.items())),
                "".join("\n    " + d for d in first),
            )
        )
    return good
