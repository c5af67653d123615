using System.Runtime.InteropServices;

namespace LifelongApi.Learning.State;

/// <summary>
/// Asks Linux for pages of 2 MiB under large arenas: rows that lie far apart then share entries of the translation buffer (Documentation/admin-guide/mm/transhuge.rst). It is only a hint:
/// without it, and elsewhere, memory is what it was.
/// </summary>
internal static unsafe partial class LargePages
{
    /// <summary>Bytes of a page, and the alignment that lets an arena begin with one.</summary>
    public const nuint Size = 2 << 20;

    private const int HugePages = 14; // MADV_HUGEPAGE

    /// <summary>Asks for them under every whole page of a range; what is left at the end keeps small pages, so that no memory beyond the range is taken.</summary>
    /// <param name="start">A multiple of <see cref="Size"/>.</param>
    /// <param name="byteCount">Bytes.</param>
    public static void Advise(void* start, nuint byteCount)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Advise(start, byteCount / Size * Size, HugePages);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);
}
