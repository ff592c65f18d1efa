"""A guest in QEMU (TCG): start it, talk to its machine protocol and to its debugger stub."""

import json, os, re, shutil, socket, subprocess, tempfile, time
from packages import Failure

RUNNING = set()  # machines, so that the driver can end them when it is interrupted


class Qmp:
    """QEMU's machine protocol."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(300)
        self.socket.connect(path)
        self.file = self.socket.makefile("rw")
        json.loads(self.file.readline())
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            line = self.file.readline()
            if not line:
                raise Failure("QEMU ended during " + name)
            r = json.loads(line)
            if "return" in r:
                return r["return"]
            if "error" in r:
                raise Failure(r["error"]["desc"])

    def monitor(self, line, cpu=0):
        text = self.command("human-monitor-command", **{"command-line": line, "cpu-index": cpu})
        return text.replace("\r\n", "\n")


class Gdb:
    """Just enough of the gdb remote protocol: registers (the system's too), breakpoints, go on."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.buffer = b""
        self.packet("qSupported:xmlRegisters=i386,arm,aarch64,riscv;qXfer:features:read+")
        self.number = {}
        self.describe("target.xml", 0)

    def packet(self, text):
        self.socket.sendall(b"$%s#%02x" % (text.encode(), sum(text.encode()) & 255))
        while True:
            start, end = self.buffer.find(b"$"), self.buffer.find(b"#")
            if 0 <= start < end and len(self.buffer) >= end + 3:
                body, self.buffer = self.buffer[start + 1 : end], self.buffer[end + 3 :]
                self.socket.sendall(b"+")
                return re.sub(rb"}(.)", lambda m: bytes([m[1][0] ^ 0x20]), body, flags=re.S).decode("latin1")
            got = self.socket.recv(65536)
            if not got:
                raise Failure("QEMU's debugger stub closed the connection")
            self.buffer += got

    def xml(self, name):
        text = ""
        while True:
            r = self.packet("qXfer:features:read:%s:%x,ffb" % (name, len(text)))
            text += r[1:]
            if r[:1] == "l":
                return re.sub(r"<!--.*?-->", "", text, flags=re.S)
            if r[:1] != "m":
                raise Failure("QEMU's debugger stub: %r for %s" % (r, name))

    def describe(self, name, next_number):
        # QEMU's XML uses xi:include without declaring it, which an XML parser refuses.
        for tag, attributes in re.findall(r"<(xi:include|reg) ([^>]*)>", self.xml(name)):
            a = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
            if tag == "xi:include":
                next_number = self.describe(a["href"], next_number)
            else:
                next_number = int(a.get("regnum", next_number))
                self.number.setdefault(a["name"], next_number)
                next_number += 1
        return next_number

    def select(self, cpu):
        """Which CPU's registers are read and written from now on."""
        if self.packet("Hg%x" % (cpu + 1)) != "OK":  # QEMU's threads are CPUs, from 1
            raise Failure("QEMU's debugger stub knows no CPU %d" % cpu)

    def registers(self, cpu):
        self.select(cpu)
        out = {}
        for name, number in self.number.items():
            r = self.packet("p%x" % number)
            if re.fullmatch("[0-9a-f]+", r) and len(r) <= 16:
                out[name] = int.from_bytes(bytes.fromhex(r), "little")
        return out

    def run_to(self, addresses):
        """Go on to one of some code addresses; the CPU that got there."""
        for a in addresses:
            if self.packet("Z0,%x,1" % a) != "OK":
                raise Failure("no breakpoint at %#x" % a)
        stopped = self.packet("c")
        for a in addresses:
            self.packet("z0,%x,1" % a)
        if stopped[:1] not in "ST":
            raise Failure("the guest did not stop at a breakpoint: " + stopped)
        m = re.search(r"\bthread:(?:p\w+\.)?(\w+);", stopped)
        return int(m[1], 16) - 1 if m else 0


class Machine:
    """A guest. Its files are named relative to its folder, so that no path of this computer is recorded."""

    def __init__(self, definition, folder, limit):
        self.folder, self.limit = folder, limit
        self.kind = definition["qemu"].split()[0].rsplit("-", 1)[1]  # x86_64, i386, arm, aarch64, riscv64
        self.x86, self.arm = self.kind in ("x86_64", "i386"), self.kind in ("arm", "aarch64")
        self.riscv = self.kind == "riscv64"
        self.base = 0x40000000 if self.arm else 0x80000000 if self.riscv else 0
        size, below = definition["memoryMiB"] << 20, definition.get("memoryBelow4GMiB", 0) << 20
        # a PC with much memory has a hole below 4 GiB, for devices
        self.ranges = [(0, below), (1 << 32, size - below)] if below else [(self.base, size)]
        self.size = sum(self.ranges[-1]) - self.base  # up to the last byte, holes included
        # not in the folder: a socket's path has 107 bytes at most
        self.sockets = tempfile.TemporaryDirectory(prefix="pagewalk-", dir="/tmp")
        first = " rdinit=/crowd" if definition.get("crowd") else ""
        self.command = definition["qemu"].split() + [
            "-m",
            str(definition["memoryMiB"]),
            "-accel",
            "tcg",
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-kernel",
            "vmlinuz",
            "-initrd",
            "initrd.gz",
            "-append",
            definition["append"] + first + " panic=-1",
            "-no-reboot",
            "-chardev",
            "file,id=console,path=console.log",
            "-serial",
            "chardev:console",
        ]
        if not self.riscv:  # needs fw_cfg with DMA, which QEMU 7.2's riscv virt machine does not have
            self.command += ["-device", "vmcoreinfo"]
        # a device with a big memory BAR (on RISC-V one without a driver: a claimed BAR cannot be mapped)
        self.command += (
            ["-device", "virtio-net-pci,romfile="]
            if self.arm
            else ["-device", "pci-testdev,membar=64K"] if self.riscv else ["-vga", "std"]
        )

    def __enter__(self):
        channels = []
        for name in ("qmp", "gdb"):
            channels += [
                "-chardev",
                "socket,id=%s,path=%s/%s,server=on,wait=off" % (name, self.sockets.name, name),
            ]
        if not shutil.which(self.command[0]):
            raise Failure("%s is not installed (scripts/install-packages guests)" % self.command[0])
        self.errors = open(self.folder + "/qemu.log", "w+")
        # setpriv: QEMU ends with us, even if we are killed
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL"]
            + self.command
            + channels
            + ["-mon", "chardev=qmp,mode=control", "-gdb", "chardev:gdb"],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=self.errors,
            stderr=self.errors,
        )
        RUNNING.add(self)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        RUNNING.discard(self)
        self.errors.close()
        self.sockets.cleanup()

    def console(self):
        try:
            with open(self.folder + "/console.log", errors="replace", newline="") as f:
                return f.read().replace("\r\n", "\n")
        except FileNotFoundError:
            return ""

    def wait_ready(self):
        """What the guest printed up to its last line."""
        end = time.monotonic() + self.limit
        while True:
            text = self.console()
            if "@@READY\n" in text:
                break
            last = text.strip().split("\n")[-1][-200:]
            if self.process.poll() is not None:
                self.errors.seek(0)
                raise Failure(
                    "QEMU ended: %s; the guest's last line: %s" % (self.errors.read().strip()[-400:], last)
                )
            if time.monotonic() > end:
                raise Failure(
                    "not ready after %d s (BOOT_LIMIT); the guest's last line: %s" % (self.limit, last)
                )
            time.sleep(0.5)
        time.sleep(2)  # let its processes go to sleep
        self.qmp = Qmp(self.sockets.name + "/qmp")
        self.cpus = range(len(self.qmp.command("query-cpus-fast")))
        return text

    def program_counter(self, cpu):
        text = self.qmp.monitor("info registers", cpu)
        name = {"x86_64": "RIP", "i386": "EIP", "arm": "R15", "aarch64": "PC", "riscv64": "pc"}[self.kind]
        return int(re.search(r"\b%s *=? *([0-9a-f]+)" % name, text)[1], 16)

    def stop_in(self, ranges):
        """Stop while a CPU executes in one of the address ranges; that CPU."""
        for _ in range(200):
            self.qmp.command("stop")
            for cpu in self.cpus:
                pc = self.program_counter(cpu)
                if any(lo <= pc < hi for lo, hi in ranges):
                    return cpu
            self.qmp.command("cont")
            time.sleep(0.1)
        raise Failure("the probe was never seen running in user mode")

    def debugger(self):
        return Gdb(self.sockets.name + "/gdb")

    def look_up(self, address, cpu):
        """QEMU's translation of a virtual address, or None."""
        m = re.match(r"gpa: (?:0x)?([0-9a-f]+)", self.qmp.monitor("gva2gpa %#x" % address, cpu))
        return int(m[1], 16) if m else None
