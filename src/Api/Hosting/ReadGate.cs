namespace LifelongApi.Api.Hosting;

/// <summary>
/// Keeps the writer of a model and its readers apart: many readers at once, or one writer. Phase-fair
/// (Brandenburg and Anderson 2010, "Spin-based reader-writer synchronization for multiprocessor real-time systems", ticket form PF-T):
/// a reader waits for at most one write, because the writer that comes next first lets in every reader that was waiting;
/// a writer waits for at most the readers that were there before it.
/// </summary>
/// <remarks>
/// Sections are short (one event, one predict), so waiting spins and yields. Without contention entering and leaving cost one interlocked
/// instruction each. Not re-entrant. The low bits of <c>_readIn</c> say whether a writer is present and which phase it belongs to;
/// the rest counts readers, as <c>_readOut</c> does; both wrap together.
/// </remarks>
internal sealed class ReadGate
{
    private const uint Reader = 0x100;
    private const uint WriterBits = 0x3;
    private const uint WriterPresent = 0x2;
    private const uint PhaseBit = 0x1;
    private const int YieldsBeforeSleep = 200;

    private uint _readIn;
    private uint _readOut;
    private uint _writeIn;
    private uint _writeOut;

    /// <summary>Readers inside or waiting.</summary>
    internal int ReaderCount => (int)((Volatile.Read(ref _readIn) - Volatile.Read(ref _readOut)) / Reader);

    /// <summary>Writers inside or waiting.</summary>
    internal int WriterCount => (int)(Volatile.Read(ref _writeIn) - Volatile.Read(ref _writeOut));

    /// <summary>Enters as a reader; follow with <see cref="ExitRead"/>.</summary>
    public void EnterRead()
    {
        var writer = (Interlocked.Add(ref _readIn, Reader) - Reader) & WriterBits;
        if (writer == 0)
        {
            return;
        }

        var spin = default(SpinWait);
        while ((Volatile.Read(ref _readIn) & WriterBits) == writer)
        {
            spin.SpinOnce(YieldsBeforeSleep);
        }
    }

    /// <summary>Leaves as a reader.</summary>
    public void ExitRead() => Interlocked.Add(ref _readOut, Reader);

    /// <summary>Enters as the writer; follow with <see cref="ExitWrite"/>.</summary>
    public void EnterWrite()
    {
        var ticket = Interlocked.Increment(ref _writeIn) - 1;
        var spin = default(SpinWait);
        while (Volatile.Read(ref _writeOut) != ticket)
        {
            spin.SpinOnce(YieldsBeforeSleep);
        }

        var bits = WriterPresent | (ticket & PhaseBit);
        var before = (Interlocked.Add(ref _readIn, bits) - bits) & ~WriterBits;
        while (Volatile.Read(ref _readOut) != before)
        {
            spin.SpinOnce(YieldsBeforeSleep);
        }
    }

    /// <summary>Leaves as the writer.</summary>
    public void ExitWrite()
    {
        Interlocked.And(ref _readIn, ~WriterBits);
        Volatile.Write(ref _writeOut, _writeOut + 1);
    }
}
