/* Does programs of memory operations in agents, and prints what the kernel shows after each: the text forms of
 * Sources/KernelOracle (MemoryOperation, LogWriter), without its need of Swift.
 *
 *   recorder [--status | --rollup] [--soft-dirty] [--note TEXT]... < programs > log
 *
 * Resident sizes are read from smaps_rollup, which is exact on every kernel, unless --status is given. When
 * something fails a line `stopped` says what, and the exit status is 1. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "CKernelAgent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SOFT_DIRTY (1ULL << 55)
#define PAGE_LIMIT (1ULL << 20)
#define PAGES_PER_LINE 64
#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define CODE_END ((uint64_t)KERNEL_AGENT_TEXT + KERNEL_AGENT_TEXT_BYTES)

struct name {
  const char *text;
  uint32_t bits;
};
static const struct name map_flags[] = {
  {"shared", 0x1},     {"private", 0x2},      {"anonymous", 0x20},  {"fixed", 0x10},
  {"growsdown", 0x100}, {"locked", 0x2000},   {"noreserve", 0x4000}, {"populate", 0x8000},
  {"nonblock", 0x10000}, {"stack", 0x20000},  {"fixed-noreplace", 0x100000}, {0, 0}};
static const struct name remap_flags[] = {{"maymove", 1}, {"fixed", 2}, {"dontunmap", 4}, {0, 0}};
static const struct name lock_flags[] = {{"onfault", 1}, {0, 0}};
static const struct name sync_flags[] = {{"async", 1}, {"invalidate", 2}, {"sync", 4}, {0, 0}};
static const struct name modes[] = {{"keep-size", 1}, {"punch-hole", 2}, {"zero-range", 0x10}, {0, 0}};
static const struct name advices[] = {
  {"normal", 0},      {"random", 1},      {"sequential", 2},    {"willneed", 3},       {"dontneed", 4},
  {"free", 8},        {"remove", 9},      {"dontfork", 10},     {"dofork", 11},        {"mergeable", 12},
  {"unmergeable", 13}, {"hugepage", 14},  {"nohugepage", 15},   {"dontdump", 16},      {"dodump", 17},
  {"wipeonfork", 18}, {"keeponfork", 19}, {"cold", 20},         {"pageout", 21},       {"populate-read", 22},
  {"populate-write", 23}, {"dontneed-locked", 24}, {"collapse", 25}, {"guard-install", 102},
  {"guard-remove", 103}, {0, 0}};

/* What follows each word: h hexadecimal, d decimal, p protection, f file, F file or none, s slot; m r l y a: flags
 * of mmap, mremap, mlock2, msync, fallocate; v advice. */
static const struct {
  const char *word;
  uint32_t kind;
  const char *arguments;
} actions[] = {
  {"read", KERNEL_AGENT_READ, "hd"},        {"write", KERNEL_AGENT_WRITE, "hd"},
  {"mmap", KERNEL_AGENT_MMAP, "hhpmFh"},    {"munmap", KERNEL_AGENT_MUNMAP, "hh"},
  {"mprotect", KERNEL_AGENT_MPROTECT, "hhp"}, {"madvise", KERNEL_AGENT_MADVISE, "hhv"},
  {"mremap", KERNEL_AGENT_MREMAP, "hhhrh"}, {"brk", KERNEL_AGENT_BRK, "h"},
  {"mlock", KERNEL_AGENT_MLOCK, "hh"},      {"mlock2", KERNEL_AGENT_MLOCK2, "hhl"},
  {"munlock", KERNEL_AGENT_MUNLOCK, "hh"},  {"msync", KERNEL_AGENT_MSYNC, "hhy"},
  {"ftruncate", KERNEL_AGENT_FTRUNCATE, "fh"}, {"fallocate", KERNEL_AGENT_FALLOCATE, "fahh"},
  {"fork", KERNEL_AGENT_FORK, "s"},         {"exit", KERNEL_AGENT_EXIT, ""}};

struct area {
  uint64_t start, end, offset;
  char access[5], object[160];
};
struct page {
  uint64_t number, entry;
};
struct process {
  int open, maps, status, rollup, pagemap, seen;
  uint64_t counters[6];
  struct area *areas;
  struct page *pages;
  size_t area_count, page_count;
};
static struct process processes[KERNEL_AGENT_SLOTS];
static struct kernel_agents *agents;
static uint64_t inodes[KERNEL_AGENT_FILES], entry_mask = ~0ULL, line_number;
static int use_rollup = 1;

__attribute__((noreturn, format(printf, 1, 2))) static void stop(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (line_number) printf("stopped line %" PRIu64 ": ", line_number);
  else printf("stopped before the first line: ");
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
  fflush(stdout);
  if (agents) kernel_agents_close(agents);
  exit(1);
}

__attribute__((noreturn)) static void stop_failure(const struct kernel_agent_failure *failure) {
  stop("%s %" PRIu64 " %s", kernel_agent_stage_text(failure->stage), failure->number,
       failure->error ? strerror(failure->error) : "");
}

static void *grow(void *old, size_t bytes) {
  void *memory = realloc(old, bytes ? bytes : 1);
  if (!memory) stop("no memory");
  return memory;
}

static uint64_t number(const char *text, int base) {
  char *end;
  errno = 0;
  uint64_t value = strtoull(text, &end, base);
  if (errno || *end || end == text || *text == '-' || *text == '+') stop("'%s' is no number", text);
  return value;
}

static uint64_t flags(char *text, const struct name *names) {
  uint64_t value = 0;
  if (!strcmp(text, "-")) return 0;
  for (char *save, *word = strtok_r(text, ",", &save); word; word = strtok_r(0, ",", &save)) {
    const struct name *name = names;
    while (name->text && strcmp(name->text, word)) name++;
    value |= name->text ? name->bits : number(word, 16);
  }
  return value;
}

static uint64_t advice(const char *text) {
  for (const struct name *name = advices; name->text; name++)
    if (!strcmp(name->text, text)) return name->bits;
  return number(text, 16);
}

static uint64_t protection(const char *text) {
  if (strlen(text) < 3) stop("'%s' is no protection", text);
  uint64_t value = (text[0] == 'r') | (text[1] == 'w') << 1 | (text[2] == 'x') << 2;
  return text[3] == '+' ? value | number(text + 4, 16) : value;
}

static uint64_t argument(char kind, char *text) {
  switch (kind) {
  case 'h': return number(text, 16);
  case 'p': return protection(text);
  case 'm': return flags(text, map_flags);
  case 'r': return flags(text, remap_flags);
  case 'l': return flags(text, lock_flags);
  case 'y': return flags(text, sync_flags);
  case 'a': return flags(text, modes);
  case 'v': return advice(text);
  case 'F': return strcmp(text, "-") ? number(text, 10) : ~0ULL;
  default: return number(text, 10);
  }
}

static void parse(char *line, struct kernel_agent_operation *operation) {
  char *save, *word = strtok_r(line, " ", &save);
  memset(operation, 0, sizeof *operation);
  if (!word) stop("an empty operation");
  operation->slot = (uint32_t)number(word, 10);
  if (!(word = strtok_r(0, " ", &save))) stop("no operation");
  size_t action = 0;
  while (action < LENGTH(actions) && strcmp(actions[action].word, word)) action++;
  if (action == LENGTH(actions)) stop("there is no operation '%s'", word);
  operation->kind = actions[action].kind;
  for (int i = 0; actions[action].arguments[i]; i++) {
    if (!(word = strtok_r(0, " ", &save))) stop("too few words");
    operation->arguments[i] = argument(actions[action].arguments[i], word);
  }
  if (strtok_r(0, " ", &save)) stop("too many words");
}

static int open_file(int pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) stop("cannot open %s: %s", path, strerror(errno));
  return fd;
}

static void follow(uint32_t slot) {
  struct process *process = &processes[slot];
  int pid = kernel_agents_pid(agents, slot);
  memset(process, 0, sizeof *process);
  process->open = 1;
  process->maps = open_file(pid, "maps");
  process->status = open_file(pid, "status");
  process->rollup = use_rollup ? open_file(pid, "smaps_rollup") : -1;
  process->pagemap = open_file(pid, "pagemap");
}

static void forget(uint32_t slot) {
  struct process *process = &processes[slot];
  if (!process->open) return;
  close(process->maps);
  close(process->status);
  if (process->rollup >= 0) close(process->rollup);
  close(process->pagemap);
  free(process->areas);
  free(process->pages);
  process->open = 0;
}

/* The whole of a file of text, terminated; good until the next call. */
static char *text_of(int fd) {
  static char *text;
  static size_t capacity;
  size_t count = 0;
  for (;;) {
    if (count + 4096 > capacity) text = grow(text, capacity = capacity * 2 + 65536);
    ssize_t got = pread(fd, text + count, capacity - 1 - count, (off_t)count);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) stop("cannot read a file of /proc: %s", strerror(errno));
    if (got == 0) break;
    count += (size_t)got;
  }
  text[count] = 0;
  return text;
}

static uint64_t value_of(const char *text, const char *name) {
  for (const char *line = text; line; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (!strncmp(line, name, strlen(name))) return strtoull(line + strlen(name), 0, 10);
  }
  stop("there is no line '%s'", name);
}

static void read_counters(struct process *process, uint64_t counters[6]) {
  const char *text = text_of(process->status);
  counters[0] = value_of(text, "RssAnon:");
  counters[1] = value_of(text, "RssFile:") + value_of(text, "RssShmem:");
  counters[2] = value_of(text, "VmPTE:");
  counters[3] = value_of(text, "VmSize:");
  counters[4] = value_of(text, "VmLck:");
  counters[5] = value_of(text, "VmData:");
  if (!use_rollup) return;
  text = text_of(process->rollup);
  counters[0] = value_of(text, "Anonymous:");
  counters[1] = value_of(text, "Rss:") - counters[0];
}

static void name_object(struct area *area, uint64_t inode, const char *name) {
  for (int i = 0; i < KERNEL_AGENT_FILES; i++)
    if (inode && inode == inodes[i] && !strncmp(name, "/memfd:", 7)) {
      snprintf(area->object, sizeof area->object, "file%d", i);
      return;
    }
  if (inode && !strncmp(name, "/dev/zero", 9))
    snprintf(area->object, sizeof area->object, "shared:%" PRIx64, inode);
  else if (!*name) strcpy(area->object, "-");
  else if (!strcmp(name, "[heap]")) strcpy(area->object, "heap");
  else if (!strcmp(name, "[stack]")) strcpy(area->object, "stack");
  else {
    char *out = area->object + sprintf(area->object, "other:");
    for (; *name && out + 4 < area->object + sizeof area->object; name++)
      out += sprintf(out, *name > ' ' && *name < 0x7f && *name != '%' ? "%c" : "%%%02x", (unsigned char)*name);
  }
}

static size_t read_areas(struct process *process, struct area **areas) {
  size_t count = 0, capacity = 0;
  char *save, *text = text_of(process->maps);
  uint64_t user_end = kernel_agents_user_end(agents);
  *areas = 0;
  for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(0, "\n", &save)) {
    struct area area = {0};
    uint64_t inode;
    int name = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %" SCNu64 "%n", &area.start, &area.end,
               area.access, &area.offset, &inode, &name) != 5)
      stop("a line of maps that is no area: %s", line);
    if (area.start < CODE_END || area.start >= user_end) continue;
    name_object(&area, inode, line + name + strspn(line + name, " "));
    if (count == capacity) *areas = grow(*areas, (capacity = capacity * 2 + 16) * sizeof **areas);
    (*areas)[count++] = area;
  }
  return count;
}

static size_t read_pages(struct process *process, uint32_t slot, struct page **pages) {
  static uint64_t words[1 << 14];
  size_t count = 0, capacity = 0, index = 0;
  uint64_t total = 0;
  *pages = 0;
  while (index < process->area_count) {
    uint64_t first = process->areas[index].start, end = process->areas[index].end;
    for (index++; index < process->area_count && process->areas[index].start == end; index++)
      end = process->areas[index].end;
    first /= KERNEL_AGENT_PAGE_BYTES;
    end /= KERNEL_AGENT_PAGE_BYTES;
    if ((total += end - first) > PAGE_LIMIT) stop("process %u has too many pages", slot);
    while (first < end) {
      size_t wanted = end - first < LENGTH(words) ? (size_t)(end - first) : LENGTH(words);
      if (pread(process->pagemap, words, wanted * 8, (off_t)(first * 8)) != (ssize_t)(wanted * 8))
        stop("cannot read pagemap: %s", strerror(errno));
      for (size_t i = 0; i < wanted; i++)
        if (words[i] & entry_mask) {
          if (count == capacity) *pages = grow(*pages, (capacity = capacity * 2 + 64) * sizeof **pages);
          (*pages)[count++] = (struct page){first + i, words[i] & entry_mask};
        }
      first += wanted;
    }
  }
  return count;
}

static void print_areas(uint32_t slot, const struct area *old, size_t old_count, const struct area *new,
                        size_t new_count) {
  size_t i = 0, j = 0;
  while (i < old_count || j < new_count) {
    if (j == new_count || (i < old_count && old[i].start < new[j].start)) {
      printf("gone %u %" PRIx64 "\n", slot, old[i++].start);
      continue;
    }
    int both = i < old_count && old[i].start == new[j].start;
    if (!both || old[i].end != new[j].end || old[i].offset != new[j].offset
        || strcmp(old[i].access, new[j].access) || strcmp(old[i].object, new[j].object))
      printf("area %u %" PRIx64 " %" PRIx64 " %s %" PRIx64 " %s\n", slot, new[j].start, new[j].end,
             new[j].access, new[j].offset, new[j].object);
    i += (size_t)both;
    j++;
  }
}

static void print_pages(uint32_t slot, const struct page *old, size_t old_count, const struct page *new,
                        size_t new_count) {
  size_t i = 0, j = 0, printed = 0;
  while (i < old_count || j < new_count) {
    struct page page;
    if (j == new_count || (i < old_count && old[i].number < new[j].number))
      page = (struct page){old[i++].number, 0};
    else {
      page = new[j++];
      if (i < old_count && old[i].number == page.number && old[i++].entry == page.entry) continue;
    }
    if (printed++ % PAGES_PER_LINE == 0) printf(printed == 1 ? "pages %u" : "\npages %u", slot);
    printf(" %" PRIx64 ":%" PRIx64, page.number, page.entry);
  }
  if (printed) putchar('\n');
}

/* Looks at a process again and prints what has changed, unless `quiet`. */
static void look(uint32_t slot, int quiet) {
  struct process *process = &processes[slot];
  struct area *areas, *old_areas = process->areas;
  struct page *pages, *old_pages = process->pages;
  size_t old_area_count = process->area_count, old_page_count = process->page_count;
  uint64_t counters[6];
  process->area_count = read_areas(process, &areas);
  process->areas = areas;
  read_counters(process, counters);
  process->page_count = read_pages(process, slot, &pages);
  process->pages = pages;
  if (!quiet) {
    if (!process->seen || memcmp(counters, process->counters, sizeof counters)) {
      printf("counters %u", slot);
      for (int i = 0; i < 6; i++) printf(" %" PRIu64, counters[i]);
      putchar('\n');
    }
    print_areas(slot, old_areas, old_area_count, areas, process->area_count);
    print_pages(slot, old_pages, old_page_count, pages, process->page_count);
    process->seen = 1;
  }
  memcpy(process->counters, counters, sizeof counters);
  free(old_areas);
  free(old_pages);
}

static void start(void) {
  struct kernel_agent_failure failure;
  for (uint32_t i = 0; i < KERNEL_AGENT_SLOTS; i++) forget(i);
  if (!kernel_agents_start(agents, &failure)) stop_failure(&failure);
  for (uint32_t i = 0; i < KERNEL_AGENT_FILES; i++) {
    struct stat status;
    if (fstat(kernel_agents_file(agents, i), &status)) stop("fstat: %s", strerror(errno));
    inodes[i] = status.st_ino;
  }
  follow(0);
}

static int64_t do_line(const char *line, int print) {
  char copy[512];
  struct kernel_agent_operation operation;
  struct kernel_agent_outcome outcome;
  struct kernel_agent_failure failure;
  snprintf(copy, sizeof copy, "%s", line);
  parse(copy, &operation);
  if (!kernel_agents_perform(agents, &operation, &outcome, &failure)) stop_failure(&failure);
  if (operation.kind == KERNEL_AGENT_FORK && outcome.value >= 0) follow((uint32_t)operation.arguments[0]);
  if (!print) return outcome.value;
  printf("operation %s\nresult ", line);
  if (outcome.value < 0) printf("-%" PRIu64, -(uint64_t)outcome.value);
  else printf("%" PRIx64, (uint64_t)outcome.value);
  printf(" %u %u", outcome.minor_faults, outcome.major_faults);
  if (outcome.signals)
    printf(" %u %u %" PRIx64 " %u %" PRIx64, outcome.signal, outcome.signal_code, outcome.signal_address,
           outcome.signals, outcome.faulted);
  putchar('\n');
  if (operation.kind == KERNEL_AGENT_EXIT) {
    forget(operation.slot);
    printf("ended %u\n", operation.slot);
  }
  return outcome.value;
}

/* What a page table of the last level maps and counts: memory is written ever further from a first page, until
 * one more table is counted. */
static void print_table(void) {
  char line[64];
  do_line("0 mmap 40000000 4000000 rw- private,anonymous,fixed,noreserve - 0", 0);
  do_line("0 write 40000000 1", 0);
  look(0, 1);
  uint64_t before = processes[0].counters[2];
  for (uint64_t span = 2 * KERNEL_AGENT_PAGE_BYTES; span < 0x4000000; span *= 2) {
    snprintf(line, sizeof line, "0 write %" PRIx64 " 1", 0x40000000 + span);
    do_line(line, 0);
    look(0, 1);
    if (processes[0].counters[2] > before) {
      printf("table %" PRIx64 " %" PRIx64 "\n", span, (processes[0].counters[2] - before) << 10);
      return;
    }
  }
  stop("no page table is counted over 64 MiB of memory");
}

/* What is said of the kernel, learnt from a few written pages. */
static void print_head(int soft_dirty_wanted, int notes, char **note) {
  struct utsname system;
  struct rlimit lock;
  uint64_t base[6], entry;
  char huge[128] = "-";
  uname(&system);
  start();
  look(0, 1);
  memcpy(base, processes[0].counters, sizeof base);
  do_line("0 mmap 20000000 1000 rw- private,anonymous,fixed - 0", 0);
  do_line("0 write 20000000 1", 0);
  look(0, 1);
  if (processes[0].page_count != 1) stop("a page that was written has no entry in pagemap");
  entry = processes[0].pages[0].entry;
  int fd = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    char *text = text_of(fd), *first = strchr(text, '['), *last = first ? strchr(first, ']') : 0;
    if (last) snprintf(huge, sizeof huge, "%.*s", (int)(last - first - 1), first + 1);
    close(fd);
  }
  printf("pagewalk-kernel-log 1\nrelease %s\narchitecture %s\npage-size %x\n", system.release, system.machine,
         KERNEL_AGENT_PAGE_BYTES);
  print_table();
  printf("user-end %" PRIx64 "\n", kernel_agents_user_end(agents));
  printf("control %x %x\n", KERNEL_AGENT_CONTROL, KERNEL_AGENT_CONTROL + KERNEL_AGENT_CONTROL_BYTES);
  printf("code %x %" PRIx64 "\n", KERNEL_AGENT_TEXT, CODE_END);
  printf("stack-limit %" PRIx64 "\n", kernel_agents_stack_limit(agents));
  if (getrlimit(RLIMIT_MEMLOCK, &lock) || lock.rlim_cur == RLIM_INFINITY) puts("lock-limit -");
  else printf("lock-limit %" PRIx64 "\n", (uint64_t)lock.rlim_cur);
  printf("huge-pages %s\ncounters-from %s\n", huge, use_rollup ? "smaps_rollup" : "status");
  printf("frames %s\n", entry & (SOFT_DIRTY - 1) ? "seen" : "hidden");
  printf("soft-dirty %s\n", !(entry & SOFT_DIRTY) ? "absent" : soft_dirty_wanted ? "kept" : "masked");
  printf("base");
  for (int i = 0; i < 6; i++) printf(" %" PRIu64, base[i]);
  putchar('\n');
  for (int i = 0; i < notes; i++) printf("note %s\n", note[i]);
  if (!soft_dirty_wanted) entry_mask &= ~SOFT_DIRTY;
}

int main(int count, char **words) {
  int soft_dirty = 0, notes = 0, begun = 0;
  char *note[16], line[512], output[1 << 16];
  struct kernel_agent_failure failure;
  setvbuf(stdout, output, _IOFBF, sizeof output);
  for (int i = 1; i < count; i++) {
    if (!strcmp(words[i], "--status")) use_rollup = 0;
    else if (!strcmp(words[i], "--rollup")) use_rollup = 1;
    else if (!strcmp(words[i], "--soft-dirty")) soft_dirty = 1;
    else if (!strcmp(words[i], "--note") && i + 1 < count && notes < (int)LENGTH(note)) note[notes++] = words[++i];
    else {
      fprintf(stderr, "recorder: '%s' is no option\n", words[i]);
      return 2;
    }
  }
  uint8_t affinity[128];
  int thread;
  kernel_agent_pin(-1, affinity, &thread);
  agents = kernel_agents_open(60000, &failure);
  if (!agents) stop_failure(&failure);
  print_head(soft_dirty, notes, note);
  while (fgets(line, sizeof line, stdin)) {
    line_number++;
    size_t length = strcspn(line, "\n");
    if (!line[length] && length + 1 == sizeof line) stop("the line is too long");
    line[length] = 0;
    if (!length || line[0] == '#') continue;
    int begins = !strcmp(line, "program");
    if (begins || !begun) {
      start();
      puts("program");
      look(0, 0);
      begun = 1;
      if (begins) continue;
    }
    do_line(line, 1);
    for (uint32_t i = 0; i < KERNEL_AGENT_SLOTS; i++)
      if (processes[i].open) look(i, 0);
  }
  kernel_agents_close(agents);
  return fflush(stdout) ? 1 : 0;
}
