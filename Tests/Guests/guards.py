"""What kmod's build must refuse: each guard is tried with a copy of the sources in which one thing is wrong."""

import os, re, shutil, subprocess, tempfile
from concurrent.futures import ThreadPoolExecutor
import device
from packages import Failure, run

TRANSLATE = "kmod/walker/Translate.swift"
PLACE = "      walk.pointee.physical = physical.rawValue\n"
# What is wrong, in which file, what stands there, what is put there, and the words that must be said.
COMMON = [
    (
        "a sum that can trap",
        TRANSLATE,
        PLACE,
        "      walk.pointee.physical = physical.rawValue + walk.pointee.address\n",
        "the walk needs what the kernel has not: pagewalk_trap",
    ),
    (
        "a function that the kernel lacks",
        "kmod/walker/walker.h",
        "/* Bits of an entry that are bits of an address. */\n",
        "void pagewalk_missing(void);\n",
        "the walk needs what the kernel has not: pagewalk_missing",
    ),
    (
        "an object on the heap",
        TRANSLATE,
        PLACE,
        "      walk.pointee.physical = Box(physical.rawValue).number()\n",
        "cannot use allocating type 'Box' in -no-allocations mode",
    ),
]
PACKAGED = ["builds with DKMS; to install it takes root", "is installed, builds with DKMS, and is removed"]
FLOATING_POINT = (
    "floating-point numbers",
    TRANSLATE,
    PLACE,
    "      walk.pointee.physical = (Double(bitPattern: physical.rawValue) * 3).bitPattern\n",
)
MUTATIONS = {
    "amd64": COMMON
    + [
        FLOATING_POINT + ("the walk uses floating-point or vector registers",),
        (
            "returns that the kernel cannot patch",
            "kmod/build-walker",
            "jmp\\t__x86_return_thunk/'",
            "ret/'",
            "naked",
        ),
    ],
    "i386": COMMON[:1]
    + [
        FLOATING_POINT + ("the walk uses floating-point or vector registers",),
        (
            "position-independent code",
            "kmod/build-walker",
            "  emitted=-emit-ir\n",
            "",
            "the walk needs what the module loader has not: R_386_GOT",
        ),
        (
            "arguments on the stack for functions that take them in registers",
            "kmod/build-walker",
            '"${renamed[@]}" ',
            "",
            "the walk needs what the kernel has not: memcpy",
        ),
    ],
    "riscv64": COMMON[:1]
    + [
        FLOATING_POINT + ("the walk needs what the kernel has not: __muldf3",),
        (
            "code for a linker to relax",
            "kmod/build-walker",
            " -Xcc -mno-relax",
            "",
            "the walk needs what the module loader has not: R_RISCV_",
        ),
    ],
    "arm64": COMMON[:1]
    + [
        # By a function, because the compiler was told that there are no such registers.
        FLOATING_POINT + ("the walk needs what the kernel has not: __muldf3",),
        (
            "vector registers",
            "kmod/build-walker",
            "-Xcc -mgeneral-regs-only ",
            "",
            "the walk uses floating-point or vector registers",
        ),
        (
            "a global offset table",
            "kmod/build-walker",
            "-Xcc -fno-pic ",
            "-Xcc -fPIC ",
            "the walk needs what the module loader has not: R_AARCH64_ADR_GOT_PAGE",
        ),
    ],
}
MORE = {
    "a global offset table": (
        TRANSLATE,
        PLACE,
        """      let read: @convention(c) (UInt64, UInt32, UnsafeMutablePointer<UInt64>) -> Int32 = pagewalk_read_entry
      walk.pointee.physical = physical.rawValue ^ UInt64(UInt(bitPattern: unsafeBitCast(read, to: Int.self)))
""",
    ),
    "a function that the kernel lacks": (TRANSLATE, PLACE, PLACE + "      pagewalk_missing()\n"),
    "an object on the heap": (
        TRANSLATE,
        "extension UnsafeMutablePointer<pagewalk_walk> {\n",
        """class Box {
  var value: UInt64
  init(_ value: UInt64) { self.value = value }
  func number() -> UInt64 { value }
}
extension UnsafeMutablePointer<pagewalk_walk> {
""",
    ),
}


def replace(folder, file, old, new):
    path = os.path.join(folder, file)
    with open(path) as f:
        text = f.read()
    if text.count(old) != 1:
        raise Failure("%s has not the one place where the test would break it: %r" % (file, old))
    with open(path, "w") as f:
        f.write(text.replace(old, new))


def attempt(folder, tree, architecture, mutation):
    """Build a copy with one thing wrong; what is wrong with what the build said, or None."""
    name, file, old, new, wanted = mutation
    os.makedirs(folder + "/Sources")
    shutil.copytree(device.HOME + "/kmod", folder + "/kmod", ignore=shutil.ignore_patterns("build"))
    shutil.copytree(device.HOME + "/Sources/PageTables", folder + "/Sources/PageTables")
    replace(folder, file, old, new)
    if name in MORE:
        replace(folder, *MORE[name])
    made = subprocess.run(
        ["make", "-s", "-C", folder + "/kmod", "KDIR=" + tree, "BUILD=" + folder + "/build"]
        + ["CONFIG_DEBUG_INFO_BTF_MODULES="]
        + device.target(architecture, tree),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    text = made.stdout.decode(errors="replace")
    if made.returncode == 0 or os.path.exists(folder + "/build/pagewalk.ko"):
        return "the build did not fail"
    if wanted not in text:
        return "the build failed without the words '%s': %s" % (wanted, text[-600:])
    return None


def package(guest, folder, tree, release):
    """Make the Debian package, and install it or, not being root, only build it; what is wrong, or None."""
    os.makedirs(folder)
    made = folder + "/made"
    run("make", "-s", "-C", device.HOME + "/kmod", "deb", "BUILD=" + made)
    debs = [made + "/" + f for f in os.listdir(made) if f.endswith(".deb")]
    if len(debs) != 1:
        return "there are %d packages" % len(debs)
    field = lambda name: run("dpkg-deb", "-f", debs[0], name).decode().strip()
    if (field("Package"), field("Architecture")) != ("pagewalk-dkms", "all") or "dkms" not in field("Depends"):
        return "its control file says something else"
    listed = run("dpkg-deb", "-c", debs[0]).decode().split("\n")
    strange = [l for l in listed if l and not re.match(r"(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) root/root ", l)]
    if strange:
        return "files of somebody, or for somebody: " + strange[0]
    for script in ("postinst", "prerm"):
        run("sh", "-n", "%s/deb/DEBIAN/%s" % (made, script))
    module = "pagewalk/" + field("Version")
    if os.getuid() == 0:
        return installed(guest, folder, debs[0], module, tree, release)
    # What does not take root: to build it.
    run("dpkg-deb", "-x", debs[0], folder + "/root")
    os.makedirs(folder + "/dkms")
    run(
        *["dkms", "build", "--dkmstree", folder + "/dkms", "--sourcetree", folder + "/root/usr/src"],
        *["-m", module, "-k", release, "-a", "x86_64", "--kernelsourcedir", tree],
    )
    built = [f for _, _, names in os.walk(folder + "/dkms") for f in names if f.startswith("pagewalk.ko")]
    return None if built else "DKMS built no module"


# In a copy of the system that forgets what is written to it: its dpkg, its DKMS and its compilers, and a kernel's headers.
INSTALL = """
set -e
over=$1 deb=$2 module=$3 tree=$4 release=$5
mount -t tmpfs tmpfs "$over"
mkdir "$over/upper" "$over/work" "$over/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$over/upper,workdir=$over/work" "$over/root"
for d in /proc /sys /dev "$(dirname "$deb")" "$(dirname "$(dirname "$(dirname "$tree")")")"; do
  mkdir -p "$over/root$d"
  mount --rbind "$d" "$over/root$d"
done
mkdir -p "$over/root/lib/modules/$release"
ln -s "$tree" "$over/root/lib/modules/$release/build"
touch "$over/root/lib/modules/$release/modules.order" "$over/root/lib/modules/$release/modules.builtin"
exec chroot "$over/root" sh -ec '
  deb=$1 module=$2 release=$3
  DEBIAN_FRONTEND=noninteractive dpkg -i "$deb"
  echo "@@ $(dkms status "$module" -k "$release")"
  built=$(ls /lib/modules/$release/updates/dkms/pagewalk.ko*)
  echo "@@ $(modinfo -F vermagic "$built" | cut -d" " -f1) $(modinfo -F depends "$built")"
  cp "$built" "$(dirname "$deb")/installed.ko"
  dpkg --purge pagewalk-dkms
  echo "@@ $(dkms status "$module")"
  find /lib/modules /usr/src /var/lib/dkms -path "*pagewalk*" | sed "s/^/@@ left: /"
' sh "$deb" "$module" "$release"
"""


def installed(guest, folder, deb, module, tree, release):
    """Install the package with dpkg, and remove it; what is wrong, or None."""
    os.makedirs(folder + "/over")
    tried = subprocess.run(
        ["unshare", "--mount", "sh", "-c", INSTALL, "sh", folder + "/over", deb, module, tree, release],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Where the system's own programs for its administrator are.
        env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"),
    )
    text = tried.stdout.decode(errors="replace")
    if tried.returncode:
        return "it was not installed and removed: " + text[-1500:]
    wanted = ["%s, %s, x86_64: installed" % (module, release), release, ""]
    found = [line[3:].strip() for line in text.split("\n") if line.startswith("@@ ")]
    if found != wanted:
        return "DKMS and modinfo said %r: %s" % (found, text[-1500:])
    # What is tested in guests is what was installed.
    same = code(os.path.dirname(deb) + "/installed.ko", folder) == code(device.module(guest, release)[0], folder)
    return None if same else "DKMS built another module than make does for the tests in guests"


def code(module, folder):
    """The instructions of a module."""
    run("objcopy", "-O", "binary", "--only-section=.text", module, folder + "/text")
    with open(folder + "/text", "rb") as f:
        text = f.read()
    if len(text) < 1000:
        raise Failure("%s has no code" % module)
    return text


def test(guest, say):
    """Whether every guard refuses what it is there for, and the package builds."""
    architecture = guest.definition["architecture"]
    if device.debian_architecture() != "amd64" or architecture not in MUTATIONS:
        raise Failure("the guards are tried on amd64 only, for " + " and ".join(MUTATIONS))
    kernel_debs, _, _ = guest.fetch()
    release = os.path.basename(kernel_debs[0]).split("_")[0].removeprefix("linux-image-")
    tree = device.headers(guest, release)
    with tempfile.TemporaryDirectory(prefix="guards-", dir=guest.cache) as folder:
        with ThreadPoolExecutor(2) as pool:
            tried = [
                (m, pool.submit(attempt, "%s/%d" % (folder, i), tree, architecture, m))
                for i, m in enumerate(MUTATIONS[architecture])
            ]
            deb = architecture == "amd64" and pool.submit(package, guest, folder + "/package", tree, release)
            results = [(m[0], t.result(), "refused") for m, t in tried]
            if deb:
                results.append(("the Debian package", deb.result(), PACKAGED[os.getuid() == 0]))
    for name, complaint, good in results:
        say("%-13s %s: %s" % (guest.name, name, "not ok: " + complaint if complaint else good))
    return not any(complaint for _, complaint, _ in results)
