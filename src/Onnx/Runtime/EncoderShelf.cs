using LifelongApi.Contracts.Models;

namespace LifelongApi.Onnx.Runtime;

/// <summary>Open encoders. What is used stays; of the rest the ones used last, up to a limit.</summary>
/// <param name="read">Reads the file of a hash (<c>sha256:…</c>); null where there is none.</param>
/// <param name="options">Bounds of sessions.</param>
/// <param name="limit">Most open encoders that nobody uses.</param>
public sealed class EncoderShelf(Func<string, CancellationToken, Task<byte[]?>> read, EncoderOptions options, int limit) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _clock;

    /// <summary>Bounds of sessions.</summary>
    public EncoderOptions Options => options;

    /// <summary>Takes an encoder off the shelf, opening it where it is not.</summary>
    /// <param name="spec">A complete spec.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The encoder; dispose the lease when it is not needed any more.</returns>
    /// <exception cref="OnnxRefusedException">The file is gone, or the runtime does not take it.</exception>
    /// <exception cref="RuntimeMissingException">The runtime cannot be loaded.</exception>
    public async ValueTask<EncoderLease> TakeAsync(EncoderSpec spec, CancellationToken cancellation)
    {
        var key = $"{spec.Hash}|{string.Join(',', spec.Shape!)}|{spec.Features}";
        Entry? entry;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out entry))
            {
                _entries[key] = entry = new Entry(Task.Run(() => OpenAsync(spec), CancellationToken.None));
            }

            entry.Leases++;
            entry.LastUsed = ++_clock;
        }

        try
        {
            return new EncoderLease(await entry.Encoder.WaitAsync(cancellation).ConfigureAwait(false), () => Release(key, entry));
        }
        catch
        {
            Release(key, entry);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var entry in _entries.Values)
            {
                Close(entry);
            }

            _entries.Clear();
        }
    }

    private async Task<SharedEncoder> OpenAsync(EncoderSpec spec)
    {
        var bytes = await read(spec.Hash!, CancellationToken.None).ConfigureAwait(false)
            ?? throw new OnnxRefusedException($"The file of encoder '{spec.Name}' ({spec.Hash}) is not here any more; upload it again.");
        return new SharedEncoder(EncoderSession.Open(Files.OnnxFile.Read(bytes), spec, options), Environment.ProcessorCount);
    }

    private void Release(string key, Entry entry)
    {
        lock (_lock)
        {
            entry.Leases--;
            if (entry.Encoder.IsFaulted && _entries.TryGetValue(key, out var present) && present == entry)
            {
                // The next one tries again.
                _entries.Remove(key);
            }

            while (_entries.Count(pair => pair.Value.Leases == 0) > limit)
            {
                var oldest = _entries.Where(pair => pair.Value.Leases == 0).MinBy(pair => pair.Value.LastUsed);
                _entries.Remove(oldest.Key);
                Close(oldest.Value);
            }
        }
    }

    private static void Close(Entry entry)
    {
        if (entry.Encoder.IsCompletedSuccessfully)
        {
            entry.Encoder.Result.Session.Dispose();
        }
    }

    private sealed class Entry(Task<SharedEncoder> encoder)
    {
        public Task<SharedEncoder> Encoder { get; } = encoder;

        public int Leases { get; set; }

        public long LastUsed { get; set; }
    }
}

/// <summary>An open encoder in use.</summary>
/// <param name="encoder">The encoder.</param>
/// <param name="release">Gives it back.</param>
public sealed class EncoderLease(SharedEncoder encoder, Action release) : IDisposable
{
    private int _isReleased;

    /// <summary>The encoder.</summary>
    public SharedEncoder Encoder => encoder;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            release();
        }
    }
}
