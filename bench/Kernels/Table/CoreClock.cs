using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LifelongApi.Kernels.Table;

/// <summary>Seconds that this thread had the core for, as far as the system tells: what others take of a shared core is not counted, on either side. Elsewhere than on Linux: seconds.</summary>
internal static partial class CoreClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Seconds from some beginning.</summary>
    public static double Now => OperatingSystem.IsLinux() && Read(ThreadCpuTime, out var time) == 0
        ? time.Seconds + (1e-9 * time.Nanoseconds)
        : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
