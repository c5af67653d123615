using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using LifelongApi.Contracts.Journal;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>Reads what <see cref="PayloadBuilder"/> wrote, in place. A payload that does not parse is a corrupt journal: <see cref="InvalidDataException"/>.</summary>
public readonly ref struct PayloadReader
{
    // Where parts begin in the payload, 0 for none (the format's version comes first): a view of every part would make the reader three times as long, and it is copied and cleared for each event.
    private readonly ReadOnlySpan<byte> _payload;
    private readonly Parts _at;

    /// <summary>Reads a payload, in place: a copy of what was just written field by field has to wait for every field.</summary>
    /// <param name="payload">What <see cref="PayloadBuilder.Written"/> held.</param>
    internal PayloadReader(ReadOnlySpan<byte> payload)
    {
        _payload = payload;
        var cursor = new PayloadCursor(payload);
        if (cursor.Byte() != PayloadBuilder.FormatVersion)
        {
            throw new InvalidDataException($"Payload format {payload[0]} is not known to this engine.");
        }

        _at.Tag = (FeatureTag)cursor.Byte();
        _at.FeatureCount = cursor.Count();
        if (_at.Tag == FeatureTag.Encoded)
        {
            cursor = ReadEncoded(cursor, ref _at);
        }

        _at.Body = cursor.Offset;
        switch (_at.Tag)
        {
            case FeatureTag.DenseFloats: cursor.Skip(ByteCount(_at.FeatureCount, sizeof(float))); break;
            case FeatureTag.DenseBytes: cursor.Skip(_at.FeatureCount); break;
            case FeatureTag.Encoded: break;
            case FeatureTag.Sparse: cursor = AfterSparse(cursor, _at.FeatureCount); break;
            case FeatureTag.Named: cursor = AfterNamed(cursor, _at.FeatureCount); break;
            default: throw new InvalidDataException($"Feature tag {_at.Tag} is not known to this engine.");
        }

        _at.InputEnd = cursor.Offset;
        _at.BodyLength = cursor.Offset - _at.Body;
        while (!cursor.IsAtEnd)
        {
            cursor = ReadTarget(cursor, ref _at);
        }
    }

    private PayloadReader(ReadOnlySpan<byte> payload, scoped in Parts at)
    {
        _payload = payload;
        _at = at;
    }

    /// <summary>How the features are stored; <see cref="FeatureTag.Encoded"/> where an encoder's output is all there is.</summary>
    public FeatureTag Features => _at.Tag;

    /// <summary>How many features there are.</summary>
    public int FeatureCount => _at.FeatureCount;

    /// <summary>Everything up to the end of the features: what <see cref="PayloadBuilder.Input"/> takes.</summary>
    public ReadOnlySpan<byte> InputBytes => _payload[.._at.InputEnd];

    /// <summary>The features' body.</summary>
    public ReadOnlySpan<byte> FeatureBytes => _payload.Slice(_at.Body, _at.BodyLength);

    /// <summary>What an encoder made of the features; without numbers where the event has none.</summary>
    public EncodedFeatures EncodedBy
    {
        get
        {
            if (_at.Encoded == 0)
            {
                return default;
            }

            var cursor = new PayloadCursor(_payload[_at.Encoded..]);
            return EncodedFeatures.Read(ref cursor, _at.EncodedCount);
        }
    }

    /// <summary>Whether the event has an encoder's output.</summary>
    public bool IsEncoded => _at.Encoded != 0;

    /// <summary>Everything after the features: target and reward as stored.</summary>
    public ReadOnlySpan<byte> AfterFeatures => _payload[_at.InputEnd..];

    /// <summary><see cref="TargetTag.Label"/>, <see cref="TargetTag.Values"/> or null.</summary>
    public TargetTag? Target => _at.Target == 0 ? null : _at.Target;

    /// <summary>The label in UTF-8, where there is one.</summary>
    public ReadOnlySpan<byte> Label => _payload.Slice(_at.Label, _at.LabelLength);

    /// <summary>How many target numbers there are.</summary>
    public int TargetCount => _at.TargetCount;

    /// <summary>The reward, or null.</summary>
    public double? Reward => _at.Reward == 0 ? null : BinaryPrimitives.ReadDoubleLittleEndian(_payload[_at.Reward..]);

    /// <summary>The event that this one answers, or null.</summary>
    public FeedbackReference? Feedback
    {
        get
        {
            if (_at.Feedback == 0)
            {
                return null;
            }

            var cursor = new PayloadCursor(_payload[_at.Feedback..]);
            return new FeedbackReference(cursor.ReadInt64(), cursor.ReadInt64(), (EventKind)cursor.Byte(), (FeedbackCause)cursor.Byte());
        }
    }

    /// <summary>Entity and time, where the payload has no envelope that says them.</summary>
    public Moment Moment => new(
        _at.Entity == 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(_payload[_at.Entity..]),
        _at.OccurredAt == 0 ? null : BinaryPrimitives.ReadInt64LittleEndian(_payload[_at.OccurredAt..]),
        null);

    /// <summary>Reads a payload.</summary>
    /// <param name="payload">What <see cref="PayloadBuilder.Written"/> held.</param>
    /// <returns>Views into the payload.</returns>
    public static PayloadReader Read(ReadOnlySpan<byte> payload) => new(payload);

    /// <summary>The same event with the encoder's output as its features: what a model behind an encoder reads.</summary>
    /// <param name="encoderHash">SHA-256 of the file of the model's encoder.</param>
    /// <param name="tensor">The tensor that the model reads, UTF-8.</param>
    /// <returns>A view with dense float32 features.</returns>
    /// <exception cref="InvalidDataException">The event holds no output, or that of another encoder.</exception>
    public PayloadReader Behind(ReadOnlySpan<byte> encoderHash, ReadOnlySpan<byte> tensor)
    {
        if (!IsEncoded)
        {
            throw new InvalidDataException("The event holds no encoder's output, which is what the model reads.");
        }

        var encoded = EncodedBy;
        if (!encoded.EncoderHash.SequenceEqual(encoderHash) || !encoded.Tensor.SequenceEqual(tensor))
        {
            throw new InvalidDataException($"The event holds {encoded.Describe()}, and the model reads another.");
        }

        var at = _at;
        (at.Tag, at.FeatureCount, at.Body, at.BodyLength) = (FeatureTag.DenseFloats, encoded.Count, at.EncodedBody, encoded.Bytes.Length);
        return new PayloadReader(_payload, at);
    }

    /// <summary>A target number.</summary>
    /// <param name="index">0 … <see cref="TargetCount"/> − 1.</param>
    /// <returns>The number.</returns>
    public double TargetValue(int index) => BinaryPrimitives.ReadDoubleLittleEndian(_payload.Slice(_at.Values, _at.TargetCount * sizeof(double))[(index * sizeof(double))..]);

    private static PayloadCursor ReadEncoded(PayloadCursor cursor, scoped ref Parts at)
    {
        (at.Encoded, at.EncodedCount) = (cursor.Offset, at.FeatureCount);
        var encoded = EncodedFeatures.Read(ref cursor, at.EncodedCount);
        at.EncodedBody = cursor.Offset - encoded.Bytes.Length;
        var kept = (FeatureTag)cursor.Byte();
        (at.Tag, at.FeatureCount) = kept switch
        {
            FeatureTag.DenseFloats or FeatureTag.DenseBytes => (kept, cursor.Count()),
            0 => (FeatureTag.Encoded, 0),
            _ => throw new InvalidDataException($"Feature tag {kept} is not known to this engine."),
        };
        return cursor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PayloadCursor ReadTarget(PayloadCursor cursor, scoped ref Parts at)
    {
        var next = (TargetTag)cursor.Byte();
        switch (next)
        {
            case TargetTag.Label:
                at.LabelLength = cursor.Count();
                at.Label = cursor.Offset;
                cursor.Skip(at.LabelLength);
                at.Target = next;
                break;
            case TargetTag.Values:
                at.TargetCount = cursor.Count();
                at.Values = cursor.Offset;
                cursor.Skip(ByteCount(at.TargetCount, sizeof(double)));
                at.Target = next;
                break;
            case TargetTag.Reward: at.Reward = Passed(ref cursor, sizeof(double)); break;
            case TargetTag.Feedback: at.Feedback = Passed(ref cursor, (2 * sizeof(long)) + 2); break;
            case TargetTag.Entity: at.Entity = Passed(ref cursor, sizeof(ulong)); break;
            case TargetTag.OccurredAt: at.OccurredAt = Passed(ref cursor, sizeof(long)); break;
            default: throw new InvalidDataException($"Target tag {next} is not known to this engine.");
        }

        return cursor;
    }

    /// <summary>Passes over bytes and says where they begin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Passed(ref PayloadCursor cursor, int count)
    {
        var at = cursor.Offset;
        cursor.Skip(count);
        return at;
    }

    private static int ByteCount(int count, int size) =>
        count <= int.MaxValue / size ? count * size : throw new InvalidDataException("A count in the payload is out of range.");

    private static PayloadCursor AfterSparse(PayloadCursor cursor, int count)
    {
        for (var i = 0; i < count; i++)
        {
            cursor.Count();
            cursor.Skip(sizeof(float));
        }

        return cursor;
    }

    private static PayloadCursor AfterNamed(PayloadCursor cursor, int count)
    {
        for (var i = 0; i < count; i++)
        {
            cursor.Count();
            switch ((NamedTag)cursor.Byte())
            {
                case NamedTag.Number: cursor.Skip(sizeof(double)); break;
                case NamedTag.Text: cursor.Skip(cursor.Count()); break;
                case NamedTag.True or NamedTag.False: break;
                default: throw new InvalidDataException("A named value has an unknown tag.");
            }
        }

        return cursor;
    }

    /// <summary>Where the parts begin.</summary>
    private struct Parts
    {
        public FeatureTag Tag;
        public TargetTag Target;
        public int FeatureCount;
        public int Body;
        public int BodyLength;
        public int InputEnd;
        public int Encoded;
        public int EncodedCount;
        public int EncodedBody;
        public int Label;
        public int LabelLength;
        public int Values;
        public int TargetCount;
        public int Reward;
        public int Feedback;
        public int Entity;
        public int OccurredAt;
    }
}
