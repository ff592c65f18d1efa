"""The ground truth of a stopped guest: QEMU's own translations, the CPUs' registers, what the guest printed.

Texts are kept as they came (parts/, monitor/); tab-separated files and truth.json are made for tests.
"""

import base64, gzip, json, os, re
from packages import Failure

HALF = {"amd64": 1 << 63, "arm64": 1 << 63, "riscv64": 1 << 63, "i386": 0xC0000000, "armhf": 0xBF000000}
ARCHITECTURES = {"amd64": "x86-64", "i386": "x86", "armhf": "arm", "arm64": "aarch64", "riscv64": "riscv64"}
X86_REGISTERS = ("CR0", "CR2", "CR3", "CR4", "EFER")
ARM_REGISTERS = re.compile(
    r"(ttbr[01]|ttbcr|tcr|sctlr|mair[01]?|prrr|nmrr|contextidr|dacr|vbar|id_(aa64)?mmfr\d)(_el1)?"
)
RISCV_REGISTERS = ("satp", "priv", "stvec", "sscratch", "medeleg", "mstatus", "misa", "pc")
# Symbols whose addresses are looked up, beside vmalloc areas and modules: ends of sections, a few objects.
SYMBOLS = re.compile(
    r"(_?_?(text|stext|etext|sdata|edata|end|bss_start|bss_stop|init_begin|init_end|start_rodata|end_rodata)|"
    r"init_mm|init_task|swapper_pg_dir|init_top_pgt|init_uts_ns|linux_banner|vmcoreinfo\w*|phys_base|mem_map|"
    r"kallsyms_\w+|idmap_pg_dir|tramp_pg_dir|reserved_pg_dir|entry_SYSCALL_64|__start_BTF|__stop_BTF|"
    r"cpu_tss_rw|gdt_page|idt_table|"
    r"runqueues|sys_call_table|__per_cpu_offset|contig_page_data|do_syscall_64|start_kernel|schedule)"
)
# Where a guest is stopped again for looking up kernel addresses: functions that run soon after any interrupt,
# with the kernel's own tables loaded (KPTI). The first group of which a kernel has any.
AFTER_INTERRUPT = {
    "arm64": [["el0t_64_irq_handler"], ["gic_handle_irq"]],
    "amd64": [["sysvec_apic_timer_interrupt", "common_interrupt"]],
    "i386": [["sysvec_apic_timer_interrupt", "common_interrupt"]],
}
ARM_IRQ_VECTOR = 0xFFFF0018


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def parts(text):
    """What the guest printed, by name."""
    return {m[1]: m[2] for m in re.finditer(r"^@@BEGIN (\S+)\n(.*?)^@@END$", text, re.M | re.S)}


def keep_parts(text, folder):
    said = parts(text)
    said["kallsyms"] = gzip.decompress(base64.b64decode(said.pop("kallsyms_gz_b64"))).decode()
    for name, t in said.items():
        write(folder, "parts/" + name, t)
    return said


def code_ranges(maps):
    """The executable ranges of a process, from its maps file."""
    return [(int(lo, 16), int(hi, 16)) for lo, hi in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) ..x", maps, re.M)]


def probe_pids(said):
    m = re.search(r"PROBE_READY parent=(\d+) child=(\d+)", said.get("probe", ""))
    if not m:
        raise Failure("the probe did not get ready: " + said.get("probe", "")[-300:].strip())
    return int(m[1]), int(m[2])


def hexadecimal(registers):
    return {k: hex(v) for k, v in sorted(registers.items())}


def interesting(machine, registers):
    """The registers that say how addresses are translated."""
    named = {k.lower(): v for k, v in registers.items()}
    if machine.riscv:
        return {k: v for k, v in named.items() if k in RISCV_REGISTERS}
    # a 32-bit ARM CPU has its 64-bit state's registers too, under names that end in _el1
    return {
        k: v
        for k, v in named.items()
        if ARM_REGISTERS.fullmatch(k) and not (machine.kind == "arm" and k.endswith("_el1"))
    }


def cpu_registers(machine, gdb, cpu):
    if not machine.x86:
        return interesting(machine, gdb.registers(cpu))
    text = machine.qmp.monitor("info registers", cpu)
    return {k.lower(): int(re.search(k + r"=([0-9a-f]+)", text)[1], 16) for k in X86_REGISTERS}


def paging_format(architecture, r):
    """pagewalk's name for the format that the registers select."""
    if architecture == "amd64":
        return "x86-64-la57" if r["cr4"] & 1 << 12 else "x86-64"
    if architecture == "i386":
        return "x86-pae" if r["cr4"] & 1 << 5 else "x86"
    if architecture == "armhf":
        return "arm-lpae" if r["ttbcr"] & 1 << 31 else "arm"
    if architecture == "arm64":
        granule = {0: "4k", 1: "64k", 2: "16k"}[r["tcr_el1"] >> 14 & 3]
        return "aarch64-" + granule + ("-lpa2" if r["tcr_el1"] >> 59 & 1 else "")  # TCR_EL1.DS
    return "riscv-" + {8: "sv39", 9: "sv48", 10: "sv57"}[r["satp"] >> 60]


def runs(said, pid):
    """The lines of `probe pm`: (address, pages, first pagemap entry)."""
    found = re.findall(r"^PM pid=\d+ va=0x(\w+) n=(\d+) pagemap=0x(\w+)", said.get("pm.%d" % pid, ""), re.M)
    return [(int(va, 16), int(n), int(e, 16)) for va, n, e in found]


def child_lines(said, keyword):
    return re.findall(r"^%s role=child (.*)" % keyword, said["probe"], re.M)


def number(line, key):
    m = re.search(r"\b%s=(0x)?([0-9a-f]+)" % key, line)
    return int(m[2], 16) if m[1] else int(m[2])


def page_size(said):
    """The size of the kernel's pages, in bytes."""
    return int(re.search(r"^KernelPageSize: *(\d+) kB", said["smaps.probe"], re.M)[1]) << 10


def addresses(said, child, architecture):
    """What is looked up: the child's pages, symbols, vmalloc areas, modules; on 32 bits the kernel's GiB."""
    page = page_size(said)
    out = {number(l, "va") for k in ("PAGE", "VAR") for l in child_lines(said, k)}
    for va, n, _ in runs(said, child):
        out.update(va + i * page for i in range(min(n, 64)))
    for l in said["kallsyms"].split("\n"):
        f = l.split()
        if len(f) == 3 and SYMBOLS.fullmatch(f[2]) and int(f[0], 16) >= HALF[architecture]:
            out.add(int(f[0], 16))
    for lo, hi, size in re.findall(r"^0x([0-9a-f]+)-0x([0-9a-f]+) +(\d+)", said["vmallocinfo"], re.M):
        out.add(int(hi, 16) - page)  # usually the guard page
        out.update(int(lo, 16) + i * page for i in range(min(int(size) // page, 40)))
    for lo in re.findall(r"0x([0-9a-f]+)", said["modules"]):
        out.update(int(lo, 16) + i * page for i in range(4))
    if architecture in ("armhf", "i386"):
        out.update(range(0xBF000000, 1 << 32, 0x40000 if architecture == "armhf" else 0x80000))
        out.update(range(0xFF000000, 1 << 32, 0x2000))
    return sorted(a for a in out if a < 1 << (64 if HALF[architecture] >> 63 else 32))


def symbol_addresses(said, names):
    return [
        int(m[1], 16) for m in re.finditer(r"^([0-9a-f]+) \S (\S+)$", said["kallsyms"], re.M) if m[2] in names
    ]


def enter_kernel(machine, gdb, cpu, said, definition):
    """Make QEMU look up kernel addresses as the kernel would: what was done with the registers then (or None), and
    the CPU that is in the kernel.

    QEMU's gva2gpa checks permissions on ARM and RISC-V, and with KPTI user mode has hardly any of the kernel.
    """
    architecture = definition["architecture"]
    if machine.riscv:  # one satp serves both modes, and the debugger may change the mode
        gdb.select(cpu)
        if gdb.packet("P%x=0100000000000000" % gdb.number["priv"]) != "OK":
            raise Failure("the debugger stub did not change the CPU's mode")
        registers = cpu_registers(machine, gdb, cpu)
        return {"how": "debugger set priv to 1 (S)", "ranOn": False, "registers": hexadecimal(registers)}, cpu
    if architecture == "armhf":  # a mode change by the debugger is ignored
        stops = [ARM_IRQ_VECTOR]
    elif architecture == "arm64" or "pti=on" in definition["append"]:
        groups = AFTER_INTERRUPT[architecture]
        stops = next(filter(None, (symbol_addresses(said, names) for names in groups)), None)
        if not stops:
            raise Failure("the kernel has none of the functions " + ", ".join(sum(groups, [])))
    else:
        return None, cpu
    cpu = gdb.run_to(stops)
    return {
        "how": "ran on to an interrupt, stopped at " + ", ".join(map(hex, stops)),
        "ranOn": True,
        "registers": hexadecimal(cpu_registers(machine, gdb, cpu)),
    }, cpu


def look_up_all(machine, gdb, said, child, cpu, definition, folder):
    """gva2gpa.tsv; how the kernel's addresses were looked up."""
    half, kernel, root = HALF[definition["architecture"]], None, "user"
    lines = ["# virtual address, physical address or unmapped, seen from user or kernel mode (truth.json)"]
    for a in addresses(said, child, definition["architecture"]):
        if a >= half and kernel is None:
            kernel, cpu = enter_kernel(machine, gdb, cpu, said, definition)
            kernel = kernel or {}
            root = "kernel" if kernel else "user"
        pa = machine.look_up(a, cpu)
        lines.append("%x\t%s\t%s" % (a, "unmapped" if pa is None else "%x" % pa, root))
    write(folder, "gva2gpa.tsv", "\n".join(lines) + "\n")
    return kernel


def pagemap_table(said, pid):
    """pagemap.tsv of the probe's child: every page with an entry, and the probe's pages without one."""
    page = page_size(said)
    names = [
        (int(m[1], 16), int(m[2], 16), m[3].strip() or "-")
        for m in re.finditer(r"^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+(.*)$", said["maps.%d" % pid], re.M)
    ]
    regions = [
        (number(l, "va"), number(l, "va") + number(l, "len"), re.search(r"name=(\S+)", l)[1])
        for l in child_lines(said, "REGION")
    ]
    pages = {number(l, "va") & -page: number(l, "pagemap") for l in child_lines(said, "PAGE")}
    for va, n, entry in runs(said, pid):
        pages.update((va + i * page, entry + i * (entry >> 63)) for i in range(n))
    lines = ["# virtual address, /proc/PID/pagemap entry, the probe's region or the mapping's name"]
    for va, entry in sorted(pages.items()):
        name = next((n for lo, hi, n in regions + names if lo <= va < hi), "-")
        lines.append("%x\t%x\t%s" % (va, entry, name))
    return "\n".join(lines) + "\n"


def tlb_table(text):
    lines = ["# virtual address, physical address, flags of the last entry"]
    for va, pa, flags in re.findall(r"^([0-9a-f]+): ([0-9a-f]+) (\S+)", text, re.M):
        # PAE's no-execute bit shows up as bit 63 of the address
        lines.append("%x\t%x\t%s" % (int(va, 16), int(pa, 16) & ~(1 << 63), flags))
    return "\n".join(lines) + "\n"


def memory_table(text):
    lines = ["# virtual address, physical address, size, flags"]
    for row in re.findall(r"^([0-9a-f]{8,16}) ([0-9a-f]{8,16}) ([0-9a-f]{8,16}) (\S+)$", text, re.M):
        lines.append("%x\t%x\t%x\t%s" % (*(int(x, 16) for x in row[:3]), row[3]))
    return "\n".join(lines) + "\n"


def access_table(text):
    lines = [
        "# start, end (exclusive), access over all levels: u user, r read, w write; execution is not told"
    ]
    for row in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ (\S+)$", text, re.M):
        lines.append("%x\t%x\t%s" % (int(row[0], 16), int(row[1], 16), row[2]))
    return "\n".join(lines) + "\n"


def translations(machine, user_cpu, folder):
    """QEMU's own listing of whole tables, where it has one; {kind: file}."""
    files = {}
    for cpu in machine.cpus:
        suffix = "" if cpu == user_cpu else ".cpu%d" % cpu
        write(folder, "monitor/info_registers%s.txt" % suffix, machine.qmp.monitor("info registers", cpu))
        if machine.arm:
            continue
        tables = {}
        if machine.riscv:
            tables["info_mem"] = memory_table(machine.qmp.monitor("info mem", cpu))
        else:
            tables["tlb"] = tlb_table(machine.qmp.monitor("info tlb", cpu))
            if (
                not cpu_registers(machine, None, cpu)["cr4"] & 1 << 12
            ):  # QEMU 7.2: with 5 levels slow, and wrong
                tables["access"] = access_table(machine.qmp.monitor("info mem", cpu))
        for kind, text in tables.items():
            write(folder, kind + suffix + ".tsv", text)
            files[kind + suffix] = kind + suffix + ".tsv"
    for what in ("mtree -f", "cpus", "pci", "version"):
        write(folder, "monitor/info_%s.txt" % what.split()[0], machine.qmp.monitor("info " + what))
    return files


def truth(machine, said, user_cpu, definition, folder):
    """Everything but the images, of a machine that stopped while user_cpu was in the probe's child."""
    parent, child = probe_pids(said)
    files = translations(machine, user_cpu, folder)
    gdb = machine.debugger()
    everything = hexadecimal(gdb.registers(user_cpu))
    write(folder, "monitor/registers.json", json.dumps(everything, indent=1) + "\n")
    registers = [cpu_registers(machine, gdb, cpu) for cpu in machine.cpus]
    if machine.qmp.command("query-status")["running"]:
        raise Failure("QEMU's debugger stub let the guest run")
    kernel = look_up_all(machine, gdb, said, child, user_cpu, definition, folder)
    write(folder, "pagemap.tsv", pagemap_table(said, child))
    files.update({"gva2gpa": "gva2gpa.tsv", "pagemap": "pagemap.tsv"})
    out = {
        "architecture": ARCHITECTURES[definition["architecture"]],
        "pagingFormat": paging_format(definition["architecture"], registers[user_cpu]),
        "kernelRelease": said["uname"].split()[2],
        "pageSizeBytes": page_size(said),
        "ram": {
            "base": hex(machine.base),
            "sizeBytes": machine.size,
            "ranges": [{"base": hex(start), "sizeBytes": size} for start, size in machine.ranges],
        },
        "userModeCPU": user_cpu,
        "probe": {"parent": parent, "child": child},
        "cpus": [hexadecimal(r) for r in registers],
        "files": files,
        "qemu": machine.command,
        "qemuVersion": "%(major)d.%(minor)d.%(micro)d" % machine.qmp.command("query-version")["qemu"],
    }
    if kernel:
        out["kernelMode"] = kernel
    return out
