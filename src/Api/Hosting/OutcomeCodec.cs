using System.Buffers.Binary;
using System.Text;
using LifelongApi.Contracts.Learning;
using LifelongApi.Learning;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// The stored form of an outcome. What a caller is told the first time is read back from these bytes too, so a duplicate is told the same.
/// </summary>
/// <remarks>
/// Layout, little-endian: version 2 | status | flags u16 (1 loss, 2 reason, 4 consolidated, 8 classes, 16 values, 32 drift, 64 abstained, 128 balance, 256 novelty, 512 context, 1024 entity named, 2048 and known) | loss f32 | reason text |
/// classes: count u8, then (text, probability f32), most probable first | values: count u16, f32 each; with novelty they are surprise and, once there is one, score |
/// plasticity, protection, modulators: count u8, f32 each | drift: count u8, number of the modulator u8 each | balance f32 | context u8. A text is its UTF-8 length u16 and its bytes.
/// </remarks>
internal static class OutcomeCodec
{
    /// <summary>Classes that are kept of an answer.</summary>
    public const int TopClasses = 5;

    private const byte Format = 2;

    /// <summary>The format before: the flags were one byte.</summary>
    private const byte ByteFlags = 1;

    [Flags]
    private enum Parts : ushort
    {
        None = 0,
        Loss = 1,
        Reason = 2,
        Consolidated = 4,
        Classes = 8,
        Values = 16,
        Drift = 32,
        Abstained = 64,
        Balance = 128,
        Novelty = 256,
        Context = 512,
        Entity = 1024,
        EntityKnown = 2048,
    }

    /// <summary>Encodes an outcome.</summary>
    /// <param name="outcome">What the model said.</param>
    /// <param name="labels">Class names by id.</param>
    /// <param name="isClassifier">Whether the answer is probabilities of classes.</param>
    public static byte[] Encode(Outcome outcome, IReadOnlyList<string> labels, bool isClassifier)
    {
        var writer = new Writer(stackalloc byte[512]);
        var prediction = outcome.Prediction;
        var hasAnswer = prediction.Count > 0;
        var parts = Parts.None;
        parts |= outcome.IsScored && float.IsFinite(outcome.Loss) ? Parts.Loss : Parts.None;
        parts |= outcome.Reason is not null ? Parts.Reason : Parts.None;
        parts |= outcome.Consolidated ? Parts.Consolidated : Parts.None;
        parts |= hasAnswer ? (isClassifier ? Parts.Classes : Parts.Values) : Parts.None;
        parts |= hasAnswer && prediction.IsNovelty ? Parts.Novelty : Parts.None;
        parts |= outcome.HasDrift ? Parts.Drift : Parts.None;
        parts |= outcome.IsAbstained ? Parts.Abstained : Parts.None;
        parts |= outcome.Balance != 1f ? Parts.Balance : Parts.None;
        parts |= hasAnswer && prediction.Context >= 0 ? Parts.Context : Parts.None;
        parts |= prediction.KnowsEntity is { } knows ? (knows ? Parts.Entity | Parts.EntityKnown : Parts.Entity) : Parts.None;
        writer.Write(Format);
        writer.Write((byte)outcome.Status);
        writer.Write((ushort)parts);
        if (parts.HasFlag(Parts.Loss))
        {
            writer.Write(outcome.Loss);
        }

        if (parts.HasFlag(Parts.Reason))
        {
            writer.Write(outcome.Reason!);
        }

        if (parts.HasFlag(Parts.Classes))
        {
            WriteClasses(ref writer, prediction, labels);
        }

        if (parts.HasFlag(Parts.Values))
        {
            writer.Write((ushort)Math.Min(prediction.Count, ushort.MaxValue));
            for (var i = 0; i < Math.Min(prediction.Count, ushort.MaxValue); i++)
            {
                writer.Write(prediction.Scores[i]);
            }
        }

        WriteLevels(ref writer, outcome.Plasticity);
        WriteLevels(ref writer, outcome.Protection);
        WriteLevels(ref writer, outcome.Modulators);
        if (parts.HasFlag(Parts.Drift))
        {
            WriteDrift(ref writer, outcome.Drift);
        }

        if (parts.HasFlag(Parts.Balance))
        {
            writer.Write(outcome.Balance);
        }

        if (parts.HasFlag(Parts.Context))
        {
            writer.Write((byte)prediction.Context);
        }

        return writer.ToArray();
    }

    /// <summary>Reads an outcome.</summary>
    /// <param name="bytes">What <see cref="Encode"/> gave.</param>
    /// <param name="projections">Names of the plastic projections.</param>
    /// <param name="modulators">Names of the modulators.</param>
    /// <returns>The result without id and position, and whether anchors moved.</returns>
    /// <exception cref="InvalidDataException">The bytes are not an outcome.</exception>
    public static (LearnResult Result, bool Consolidated) Decode(ReadOnlySpan<byte> bytes, IReadOnlyList<string> projections, IReadOnlyList<string> modulators)
    {
        var reader = new Reader(bytes);
        var format = reader.Byte();
        if (format is not (Format or ByteFlags))
        {
            throw new InvalidDataException("The stored outcome has an unknown format.");
        }

        var status = (LearnStatus)reader.Byte();
        var parts = (Parts)(format == ByteFlags ? reader.Byte() : reader.UInt16());
        float? loss = parts.HasFlag(Parts.Loss) ? reader.Single() : null;
        var reason = parts.HasFlag(Parts.Reason) ? reader.Text() : null;
        Prediction? prediction = null;
        if (parts.HasFlag(Parts.Classes))
        {
            prediction = ReadClasses(ref reader);
            prediction = parts.HasFlag(Parts.Abstained) ? prediction with { Label = null, Abstained = true } : prediction;
        }
        else if (parts.HasFlag(Parts.Values))
        {
            var values = new float[reader.UInt16()];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = reader.Single();
            }

            prediction = parts.HasFlag(Parts.Novelty) ? Novelty(values) : new Prediction { Values = values };
        }

        var result = new LearnResult
        {
            Status = status,
            Loss = loss,
            Reason = reason,
            Prediction = prediction,
            Plasticity = ReadLevels(ref reader, projections),
            Protection = ReadLevels(ref reader, projections),
            Modulators = ReadLevels(ref reader, modulators),
            Drift = parts.HasFlag(Parts.Drift) ? ReadDrift(ref reader, modulators) : null,
            EntityKnown = parts.HasFlag(Parts.Entity) ? parts.HasFlag(Parts.EntityKnown) : null,
            Balance = parts.HasFlag(Parts.Balance) ? reader.Single() : null,
        };
        if (parts.HasFlag(Parts.Context))
        {
            result = result with { Prediction = result.Prediction! with { Context = reader.Byte() } };
        }

        return (result, parts.HasFlag(Parts.Consolidated));
    }

    /// <summary>The answer of a model that tells how unusual an example is.</summary>
    /// <param name="scores">Surprise and, once there is one, score.</param>
    public static Prediction Novelty(ReadOnlySpan<float> scores)
    {
        float? score = scores.Length > 1 ? scores[1] : null;
        return new Prediction { Surprise = scores[0], Score = score, IsAnomaly = score is { } known ? known > 1f : null };
    }

    /// <summary>The status in an encoded outcome.</summary>
    public static LearnStatus StatusOf(ReadOnlySpan<byte> bytes) => bytes.Length > 1 ? (LearnStatus)bytes[1] : default;

    private static void WriteClasses(ref Writer writer, PredictionBuffer prediction, IReadOnlyList<string> labels)
    {
        var known = Math.Min(prediction.Count, labels.Count);
        Span<int> best = stackalloc int[TopClasses];
        var count = 0;
        if (prediction.Label >= 0 && prediction.Label < known)
        {
            best[count++] = prediction.Label;
        }

        while (count < Math.Min(TopClasses, known))
        {
            var next = -1;
            for (var i = 0; i < known; i++)
            {
                if (!best[..count].Contains(i) && (next < 0 || prediction.Scores[i] > prediction.Scores[next]))
                {
                    next = i;
                }
            }

            best[count++] = next;
        }

        writer.Write((byte)count);
        foreach (var id in best[..count])
        {
            writer.Write(labels[id]);
            writer.Write(prediction.Scores[id]);
        }
    }

    private static Prediction ReadClasses(ref Reader reader)
    {
        var names = new string[reader.Byte()];
        var probabilities = new float[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = reader.Text();
            probabilities[i] = reader.Single();
        }

        return new Prediction
        {
            Label = names.Length > 0 ? names[0] : null,
            Probability = names.Length > 0 ? probabilities[0] : null,
            Probabilities = new NamedNumbers(names, probabilities),
        };
    }

    private static void WriteLevels(ref Writer writer, ReadOnlySpan<float> levels)
    {
        writer.Write((byte)Math.Min(levels.Length, byte.MaxValue));
        foreach (var level in levels[..Math.Min(levels.Length, byte.MaxValue)])
        {
            writer.Write(level);
        }
    }

    private static NamedNumbers? ReadLevels(ref Reader reader, IReadOnlyList<string> names)
    {
        var count = reader.Byte();
        if (count == 0)
        {
            return null;
        }

        var levels = new float[count];
        var isPlain = count <= names.Count;
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = reader.Single();
            isPlain &= float.IsFinite(levels[i]);
        }

        return isPlain ? new NamedNumbers(names, levels) : Finite(names, levels);
    }

    // JSON has no word for what is not finite.
    private static NamedNumbers Finite(IReadOnlyList<string> names, float[] levels)
    {
        var known = Enumerable.Range(0, Math.Min(names.Count, levels.Length)).Where(i => float.IsFinite(levels[i])).ToArray();
        return new NamedNumbers([.. known.Select(i => names[i])], [.. known.Select(i => levels[i])]);
    }

    private static void WriteDrift(ref Writer writer, bool[] drift)
    {
        var most = Math.Min(drift.Length, byte.MaxValue);
        writer.Write((byte)drift.AsSpan(0, most).Count(true));
        for (var i = 0; i < most; i++)
        {
            if (drift[i])
            {
                writer.Write((byte)i);
            }
        }
    }

    private static List<string> ReadDrift(ref Reader reader, IReadOnlyList<string> names)
    {
        var count = reader.Byte();
        var detected = new List<string>(count);
        for (var i = 0; i < count; i++)
        {
            var index = reader.Byte();
            if (index < names.Count)
            {
                detected.Add(names[index]);
            }
        }

        return detected;
    }

    /// <summary>Writes into memory of the caller's stack as long as that is enough, as it nearly always is.</summary>
    private ref struct Writer(Span<byte> buffer)
    {
        private Span<byte> _buffer = buffer;
        private int _count;

        public void Write(byte value) => Take(1)[0] = value;

        public void Write(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);

        public void Write(float value) => BinaryPrimitives.WriteSingleLittleEndian(Take(4), value);

        public void Write(string text)
        {
            var length = Encoding.UTF8.GetByteCount(text);
            if (length > ushort.MaxValue)
            {
                Write(ushort.MaxValue);
                Encoding.UTF8.GetBytes(text).AsSpan(0, ushort.MaxValue).CopyTo(Take(ushort.MaxValue));
                return;
            }

            Write((ushort)length);
            Encoding.UTF8.GetBytes(text, Take(length));
        }

        public readonly byte[] ToArray() => _buffer[.._count].ToArray();

        private Span<byte> Take(int count)
        {
            if (_count + count > _buffer.Length)
            {
                Span<byte> larger = new byte[Math.Max(_buffer.Length * 2, _count + count)];
                _buffer[.._count].CopyTo(larger);
                _buffer = larger;
            }

            _count += count;
            return _buffer.Slice(_count - count, count);
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public byte Byte() => Take(1)[0];

        public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

        public float Single() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

        public string Text() => Encoding.UTF8.GetString(Take(UInt16()));

        private ReadOnlySpan<byte> Take(int count)
        {
            if (count > _rest.Length)
            {
                throw new InvalidDataException("The stored outcome ends early.");
            }

            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }
    }
}
