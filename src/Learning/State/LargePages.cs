using System.Runtime.InteropServices;

namespace LifelongApi.Learning.State;

/// <summary>
/// Memory straight from Linux for large arenas, in pages of 2 MiB where it has them: rows that lie far apart then share entries of the translation buffer (Documentation/admin-guide/mm/transhuge.rst).
/// An allocator between would add up to three small pages to each, and would keep in its own heap what a closed model gives back.
/// </summary>
internal static unsafe partial class LargePages
{
    /// <summary>Bytes of a page, and the alignment that lets an arena begin with one.</summary>
    public const nuint Size = 2 << 20;

    private const int ReadAndWrite = 3; // PROT_READ | PROT_WRITE
    private const int PrivateAnonymous = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS
    private const int HugePages = 14; // MADV_HUGEPAGE
    private static readonly void* Failed = (void*)-1;

    /// <summary>Whether the system gives memory this way.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Maps zeroed memory that begins with a large page. What is left at its end keeps small pages, so that no more than one of those is taken beyond what was asked for.</summary>
    /// <param name="byteCount">Bytes, above 0.</param>
    /// <returns>A multiple of <see cref="Size"/>.</returns>
    /// <exception cref="InsufficientMemoryException">The system has none.</exception>
    public static void* Map(nuint byteCount)
    {
        var length = Whole(byteCount);
        var from = Map(null, length + Size, ReadAndWrite, PrivateAnonymous, -1, 0);
        if (from == Failed)
        {
            throw new InsufficientMemoryException($"The system has no {byteCount} bytes for an arena.");
        }

        // Only with room to choose from does the range have such a beginning; the rest goes back.
        var before = (Size - ((nuint)from % Size)) % Size;
        var start = (byte*)from + before;
        Trim(from, before);
        Trim(start + length, Size - before);
        _ = Advise(start, byteCount / Size * Size, HugePages);
        return start;
    }

    /// <summary>Gives it back.</summary>
    /// <param name="start">What <see cref="Map(nuint)"/> gave.</param>
    /// <param name="byteCount">Bytes that were asked for.</param>
    public static void Unmap(void* start, nuint byteCount) => _ = Unmap((nint)start, Whole(byteCount));

    private static void Trim(void* start, nuint length)
    {
        if (length > 0)
        {
            _ = Unmap((nint)start, length);
        }
    }

    private static nuint Whole(nuint byteCount)
    {
        var page = (nuint)Environment.SystemPageSize;
        return checked(byteCount + page - 1) / page * page;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* start, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint start, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);
}
