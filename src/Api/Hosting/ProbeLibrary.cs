using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using LifelongApi.Contracts.Streams;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Probes;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// Finds what stands for a task: the uploaded probe set, or a sample of the task's learned events. Samples are sequence numbers; the journal stays the
/// one place of the payloads. They are a function of the journal: bottom-k over the learned events without a subject of the task's first segment, and of
/// its next ones for as long as there are fewer than a sample holds, so that a sample stands still once it is full.
/// </summary>
internal sealed class ProbeLibrary(HostingContext context)
{
    private readonly ConcurrentDictionary<(long ModelId, string Task), Sample> _samples = new();
    private readonly Dictionary<string, ProbeSet> _sets = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private long _byteCount;

    /// <summary>An uploaded probe set as a column.</summary>
    public static ProbeColumn Uploaded(ProbeRecord probe) => new() { Task = probe.Task, Hash = probe.Hash.ToArray(), RowCount = probe.RowCount };

    /// <summary>A sample of a task's learned events as a column.</summary>
    /// <param name="host">The stream.</param>
    /// <param name="model">The model.</param>
    /// <param name="ancestry">Its lineages.</param>
    /// <param name="task">The task, ended at least once.</param>
    /// <param name="cancellation">Stops the work.</param>
    public async Task<ProbeColumn> SampleAsync(StreamHost host, HostedModel model, Ancestry ancestry, TaskInfo task, CancellationToken cancellation)
    {
        var key = (model.Record.Id, task.Name);
        var ended = task.Segments.Where(segment => segment.EndedAt is not null).ToList();
        var lineage = ancestry.Links[^1].Lineage.Number;
        if (_samples.TryGetValue(key, out var known) && known.Lineage == lineage && known.StandsFor(ended))
        {
            return known.Column;
        }

        var capacity = context.Options.ProbeSampleRows;
        var sample = new EventSample(host.Stream.Name, Math.Max(1, capacity));
        var used = new List<TaskSegment>();
        foreach (var segment in ended)
        {
            if (sample.OfferedCount >= capacity)
            {
                break;
            }

            used.Add(segment);
            foreach (var range in ancestry.Ranges(segment.BeganAt, segment.EndedAt!.Value))
            {
                await foreach (var sequence in context.Store.Journal.ListLearnedAsync(host.Stream.Id, range, cancellation))
                {
                    sample.Offer(sequence);
                }
            }
        }

        var sequences = capacity == 0 ? [] : sample.Sequences();
        var column = new ProbeColumn { Task = task.Name, Hash = Hash(sequences), RowCount = sequences.Count, Sequences = sequences };
        _samples[key] = new Sample(lineage, used, sample.OfferedCount >= capacity, column);
        return column;
    }

    /// <summary>The rows of a column; null where they are not there any more.</summary>
    public async Task<ProbeSet?> ReadAsync(StreamHost host, ProbeColumn column, CancellationToken cancellation)
    {
        var key = $"{host.Stream.Id}/{Convert.ToHexString(column.Hash)}";
        lock (_lock)
        {
            if (_sets.TryGetValue(key, out var kept))
            {
                return kept;
            }
        }

        var set = column.Sequences is { } sequences
            ? await ReadSampleAsync(host, sequences, cancellation)
            : await ReadUploadedAsync(host, column, cancellation);
        if (set is not null)
        {
            Keep(key, set);
        }

        return set;
    }

    private async Task<ProbeSet?> ReadUploadedAsync(StreamHost host, ProbeColumn column, CancellationToken cancellation) =>
        await context.Store.Probes.FindAsync(host.Stream.Id, column.Task, cancellation) is { } found && found.Probe.Hash.Span.SequenceEqual(column.Hash)
            ? new ProbeSet(found.Rows)
            : null;

    private async Task<ProbeSet> ReadSampleAsync(StreamHost host, IReadOnlyList<long> sequences, CancellationToken cancellation)
    {
        var rows = new List<ReadOnlyMemory<byte>>(sequences.Count);
        var ranges = sequences.Select(sequence => new SequenceRange(sequence, sequence)).ToList();
        await foreach (var stored in context.Store.Journal.ReadAsync(host.Stream.Id, ranges, cancellation))
        {
            rows.Add(stored.Question());
        }

        return new ProbeSet(rows);
    }

    private void Keep(string key, ProbeSet set)
    {
        lock (_lock)
        {
            if (_byteCount + set.ByteCount > context.Options.ProbeCacheByteBudget)
            {
                _sets.Clear();
                _byteCount = 0;
            }

            if (set.ByteCount <= context.Options.ProbeCacheByteBudget && _sets.TryAdd(key, set))
            {
                _byteCount += set.ByteCount;
            }
        }
    }

    private static byte[] Hash(IReadOnlyList<long> sequences)
    {
        var bytes = new byte[sequences.Count * sizeof(long)];
        for (var i = 0; i < sequences.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), sequences[i]);
        }

        return SHA256.HashData(bytes);
    }

    private sealed record Sample(int Lineage, IReadOnlyList<TaskSegment> Used, bool IsFull, ProbeColumn Column)
    {
        /// <summary>Whether the sample is still that of these segments.</summary>
        public bool StandsFor(List<TaskSegment> ended) =>
            (IsFull ? ended.Count >= Used.Count : ended.Count == Used.Count) && Used.SequenceEqual(ended.Take(Used.Count));
    }
}
