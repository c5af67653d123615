using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LifelongApi.Learning.State;

/// <summary>Flat native memory of floats, 64-byte aligned, zero at birth; from 2 MiB on in large pages where the system has them.</summary>
public sealed unsafe class Arena : IDisposable
{
    private readonly bool _isMapped;
    private float* _pointer;

    /// <summary>Allocates.</summary>
    /// <param name="length">Floats, 0 or more.</param>
    public Arena(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        _isMapped = LargePages.IsSupported && ByteCount >= LargePages.Size;
        _pointer = (float*)(_isMapped ? LargePages.Map(ByteCount) : NativeMemory.AlignedAlloc(ByteCount, 64));

        // Mapped memory is zero, but only there once it is written: at birth, not while an event waits.
        NativeMemory.Clear(_pointer, ByteCount);
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

    private nuint ByteCount => (nuint)Math.Max(Length, 1) * sizeof(float);

    private void Free()
    {
        if (_isMapped && _pointer is not null)
        {
            LargePages.Unmap(_pointer, ByteCount);
        }
        else
        {
            NativeMemory.AlignedFree(_pointer);
        }

        _pointer = null;
    }
}
