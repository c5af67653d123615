using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LifelongApi.Learning.State;

/// <summary>Flat native memory of floats, 64-byte aligned, zero at birth; from 2 MiB on in large pages where the system has them.</summary>
public sealed unsafe class Arena : IDisposable
{
    private float* _pointer;

    /// <summary>Allocates.</summary>
    /// <param name="length">Floats, 0 or more.</param>
    public Arena(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        var byteCount = (nuint)Math.Max(length, 1) * sizeof(float);
        var isLarge = byteCount >= LargePages.Size;
        _pointer = (float*)NativeMemory.AlignedAlloc(byteCount, isLarge ? LargePages.Size : 64);
        if (isLarge)
        {
            LargePages.Advise(_pointer, byteCount);
        }

        NativeMemory.Clear(_pointer, byteCount);
    }

    /// <summary>Frees what was not disposed.</summary>
    ~Arena() => Free();

    /// <summary>Floats.</summary>
    public int Length { get; }

    /// <summary>All floats.</summary>
    public Span<float> Floats => new(Pointer, Length);

    /// <summary>All bytes.</summary>
    public Span<byte> Bytes => MemoryMarshal.AsBytes(Floats);

    internal float* Pointer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return _pointer;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
