"""A guest that goes on running, for tests that look into it from outside: boots it, and obeys a test line by line."""

import os, re, shutil, socket, sys, tempfile, threading, time
import initramfs, machine, record
from packages import Failure, run

HERE = os.path.dirname(os.path.abspath(__file__))


def prepare(guest, folder):
    """Leave vmlinuz and initrd.gz in a folder."""
    kernel_debs, busybox, _ = guest.fetch()
    architecture = guest.definition["architecture"]
    tree, roots = folder + "/initrd", []
    for i, deb in enumerate(kernel_debs + [busybox]):
        roots.append("%s/unpacked/%d" % (folder, i))
        os.makedirs(roots[-1])
        run("dpkg-deb", "-x", deb, roots[-1])
    initramfs.kernel(roots[:-1], architecture, folder)
    for d in ("bin", "modules", "dev"):
        os.makedirs(os.path.join(tree, d))
    for _, d, f in initramfs.walk(roots[-1:]):
        if f == "busybox" and d.endswith("/bin"):
            shutil.copy(os.path.join(d, f), tree + "/bin/busybox")
    for program, options in (("probe", ["-pthread"]), ("steps", [])):
        run(
            initramfs.compiler(architecture),
            *["-O2", "-Wall", "-Werror", "-static", *options],
            *["-o", tree + "/bin/" + program, "%s/guest/%s.c" % (HERE, program)],
        )
    shutil.copy(HERE + "/guest/served", tree + "/init")
    loaded = initramfs.modules(roots[:-1])
    for name, b in loaded:
        with open("%s/modules/%s.ko" % (tree, name), "wb") as f:
            f.write(b)
    with open(tree + "/modules/order", "w") as f:
        f.write("".join(name + ".ko\n" for name, _ in loaded))
    initramfs.pack(tree, folder + "/initrd.gz")
    shutil.rmtree(folder + "/unpacked")
    shutil.rmtree(tree)


class Served(machine.Machine):
    """A guest whose console can be written to, with RAM of some kind, and a machine protocol for what is tested."""

    def __init__(self, definition, folder, limit, memory):
        super().__init__(definition, folder, limit)
        console = "socket,id=console,path=%s/console,server=on,wait=off,logfile=console.log" % self.sockets.name
        self.command[self.command.index("file,id=console,path=console.log")] = console
        self.command += ["-qmp", "unix:%s/test,server=on,wait=off" % self.sockets.name]
        size = definition["memoryMiB"]
        backend = {
            "file": "memory-backend-file,id=ram0,share=on,mem-path=ram,size=%dM" % size,
            "memfd": "memory-backend-memfd,id=ram0,share=on,size=%dM" % size,
        }.get(memory)
        if backend:
            self.command += ["-object", backend, "-machine", "memory-backend=ram0"]

    def wait_ready(self):
        text = super().wait_ready()
        self.terminal = socket.socket(socket.AF_UNIX)
        self.terminal.connect(self.sockets.name + "/console")
        # the log has it all; but what nobody takes would stop the guest's console
        threading.Thread(target=self.drain, daemon=True).start()
        return text

    def drain(self):
        while self.terminal.recv(65536):
            pass

    def step(self, name):
        """Have `steps` do something; what it says then."""
        done = re.compile(r"^STEP %s errno=(\d+)$" % re.escape(name), re.M)
        before = len(done.findall(self.console()))
        self.terminal.sendall(name.encode() + b"\n")
        end = time.monotonic() + 60
        while len(found := done.findall(self.console())) == before:
            if time.monotonic() > end:
                raise Failure("the guest did not do '%s' within a minute" % name)
            time.sleep(0.02)
        return found[-1]


def obey(m, child_code, words):
    """One command of the test; the answer's words."""
    name, arguments = words[0], words[1:]
    if name == "step":
        return [m.step(arguments[0])]
    if name in ("stop", "cont"):
        m.qmp.command(name)
        return []
    if name == "status":
        return [m.qmp.command("query-status")["status"]]
    if name == "stop-in-child":
        return [str(m.stop_in(child_code))]
    if name == "gva2gpa":
        cpu = int(arguments[0])
        found = [m.look_up(int(a, 16), cpu) for a in arguments[1:]]
        return ["unmapped" if a is None else "%x" % a for a in found]
    if name == "registers":
        was_running = m.qmp.command("query-status")["running"]
        gdb = m.debugger()
        r = record.cpu_registers(m, gdb, int(arguments[0]))
        gdb.socket.close()  # its connection stopped the machine
        if was_running:
            m.qmp.command("cont")
        return ["%s=%x" % pair for pair in sorted(r.items())]
    if name == "forget-debugger":
        m.qmp.monitor("gdbserver none")
        return []
    raise Failure("no command " + name)


def serve(guest, memory, limit):
    """Boot, say where everything is, and obey until standard input ends."""
    os.makedirs(guest.cache, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="serve-", dir=guest.cache) as folder:
        prepare(guest, folder)
        with Served(guest.definition, folder, limit, memory) as m:
            text = m.wait_ready()
            steps = re.search(r"^STEPS .*$", text, re.M)
            # it comes when it comes, also between the lines of a part
            said = record.parts(re.sub(r"^STEPS .*\n", "", text, flags=re.M))
            _, child = record.probe_pids(said)
            code = record.code_ranges(said["maps.%d" % child])
            for name in ("tasks", "probe", "uname", "maps.%d" % child):
                record.write(folder, name.split(".")[0], said[name])
            print("ready", folder, m.sockets.name, child, steps[0] if steps else "", flush=True)
            for line in sys.stdin:
                if not line.split():
                    continue
                try:
                    print("ok", *obey(m, code, line.split()), flush=True)
                except Failure as e:
                    print("failed", e, flush=True)
