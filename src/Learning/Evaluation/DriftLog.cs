using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation;

/// <summary>The detections of drift of a model: how many, and the last 100. A pure fold of the outcomes; allocates nothing per event.</summary>
public sealed class DriftLog
{
    /// <summary>Detections that are kept.</summary>
    public const int Capacity = 100;

    private readonly (long Sequence, byte Modulator)[] _last = new (long, byte)[Capacity];

    /// <summary>How many there were.</summary>
    public long Count { get; private set; }

    /// <summary>Takes in what one event did.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="sequence">Its sequence.</param>
    public void Update(Outcome outcome, long sequence)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        if (!outcome.HasDrift)
        {
            return;
        }

        for (var i = 0; i < Math.Min(outcome.Drift.Length, byte.MaxValue); i++)
        {
            if (outcome.Drift[i])
            {
                Add(sequence, (byte)i);
            }
        }
    }

    /// <summary>The detections as the wire shows them.</summary>
    /// <param name="modulators">Names of the modulators in order.</param>
    /// <returns>Count and the last ones, oldest first.</returns>
    public DriftMetrics Summarise(IReadOnlyList<string> modulators)
    {
        ArgumentNullException.ThrowIfNull(modulators);
        var last = new List<DriftDetection>();
        for (var i = Math.Max(0, Count - Capacity); i < Count; i++)
        {
            var (sequence, modulator) = _last[i % Capacity];
            last.Add(new DriftDetection(sequence, modulator < modulators.Count ? modulators[modulator] : "unknown"));
        }

        return new DriftMetrics { Count = Count, Last = last };
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Count);
        for (var i = Math.Max(0, Count - Capacity); i < Count; i++)
        {
            writer.Write(_last[i % Capacity].Sequence);
            writer.Write(_last[i % Capacity].Modulator);
        }
    }

    internal void Read(BinaryReader reader)
    {
        var count = reader.ReadInt64();
        Count = Math.Max(0, count - Capacity);
        while (Count < count)
        {
            Add(reader.ReadInt64(), reader.ReadByte());
        }
    }

    private void Add(long sequence, byte modulator)
    {
        _last[Count % Capacity] = (sequence, modulator);
        Count++;
    }
}
