import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Clock ticks per second in /proc; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Resident memory of a process in MB; undefined where there is no /proc. */
export async function residentMemory(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/**
 * CPU time that a process has used, in milliseconds; undefined where there is no /proc. Unlike throughput it
 * hardly depends on what else the machine does.
 */
export async function cpuTime(pid: number | undefined): Promise<number | undefined> {
  return (await cpuTimes(pid))?.own;
}

interface CpuTimes {
  readonly own: number;
  /** Of the children that have ended. */
  readonly ended: number;
}

async function cpuTimes(pid: number | undefined): Promise<CpuTimes | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field, the name, may hold anything but ends with the last parenthesis (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
  if (utime === undefined || stime === undefined || cutime === undefined || cstime === undefined)
    return undefined;
  return {
    own: ((utime + stime) * 1000) / ticksPerSecond,
    ended: ((cutime + cstime) * 1000) / ticksPerSecond,
  };
}

/**
 * CPU time that a process and its children have used, those that have ended included, in milliseconds; undefined
 * where there is no /proc.
 */
export async function cpuTimeOfTree(pid: number): Promise<number | undefined> {
  const children = await readdir('/proc').then(
    (names) =>
      Promise.all(
        names
          .filter((name) => /^\d+$/.test(name))
          .map(Number)
          .map(parentOf),
      ),
    () => [],
  );
  const own = children.filter(({ parent }) => parent === pid).map((child) => child.pid);
  const root = await cpuTimes(pid);
  const times = await Promise.all(own.map((each) => cpuTime(each)));
  return root && times.reduce<number>((sum, time) => sum + (time ?? 0), root.own + root.ended);
}

async function parentOf(pid: number): Promise<{ pid: number; parent: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return { pid, parent: Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? Number.NaN) };
}

/** Waits until a process uses less than a tenth of a core for two seconds; at once where there is no /proc. */
export async function untilIdle(pid: number | undefined): Promise<void> {
  for (;;) {
    const before = await cpuTime(pid);
    await pause(2_000);
    const after = await cpuTime(pid);
    if (before === undefined || after === undefined || after - before < 200) return;
  }
}
