using System.Buffers.Binary;
using LifelongApi.Contracts.Journal;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>Reads what <see cref="PayloadBuilder"/> wrote, in place. A payload that does not parse is a corrupt journal: <see cref="InvalidDataException"/>.</summary>
public readonly ref struct PayloadReader
{
    private PayloadReader(FeatureTag features, int count, ReadOnlySpan<byte> input, ReadOnlySpan<byte> body, EncodedFeatures encoded, ReadOnlySpan<byte> rest, TargetTag? target, ReadOnlySpan<byte> label, ReadOnlySpan<byte> values, double? reward, FeedbackReference? feedback, Moment moment)
    {
        InputBytes = input;
        Feedback = feedback;
        Features = features;
        EncodedBy = encoded;
        AfterFeatures = rest;
        FeatureCount = count;
        FeatureBytes = body;
        Target = target;
        Label = label;
        TargetBytes = values;
        Reward = reward;
        Moment = moment;
    }

    /// <summary>How the features are stored; <see cref="FeatureTag.Encoded"/> where an encoder's output is all there is.</summary>
    public FeatureTag Features { get; }

    /// <summary>How many features there are.</summary>
    public int FeatureCount { get; }

    /// <summary>Everything up to the end of the features: what <see cref="PayloadBuilder.Input"/> takes.</summary>
    public ReadOnlySpan<byte> InputBytes { get; }

    /// <summary>The features' body.</summary>
    public ReadOnlySpan<byte> FeatureBytes { get; }

    /// <summary>What an encoder made of the features; without numbers where the event has none.</summary>
    public EncodedFeatures EncodedBy { get; }

    /// <summary>Whether the event has an encoder's output.</summary>
    public bool IsEncoded => !EncodedBy.EncoderHash.IsEmpty;

    /// <summary>Everything after the features: target and reward as stored.</summary>
    public ReadOnlySpan<byte> AfterFeatures { get; }

    /// <summary><see cref="TargetTag.Label"/>, <see cref="TargetTag.Values"/> or null.</summary>
    public TargetTag? Target { get; }

    /// <summary>The label in UTF-8, where there is one.</summary>
    public ReadOnlySpan<byte> Label { get; }

    /// <summary>How many target numbers there are.</summary>
    public int TargetCount => TargetBytes.Length / sizeof(double);

    /// <summary>The reward, or null.</summary>
    public double? Reward { get; }

    /// <summary>The event that this one answers, or null.</summary>
    public FeedbackReference? Feedback { get; }

    /// <summary>Entity and time, where the payload has no envelope that says them.</summary>
    public Moment Moment { get; }

    private ReadOnlySpan<byte> TargetBytes { get; }

    /// <summary>Reads a payload.</summary>
    /// <param name="payload">What <see cref="PayloadBuilder.Written"/> held.</param>
    /// <returns>Views into the payload.</returns>
    public static PayloadReader Read(ReadOnlySpan<byte> payload)
    {
        var cursor = new PayloadCursor(payload);
        if (cursor.Byte() != PayloadBuilder.FormatVersion)
        {
            throw new InvalidDataException($"Payload format {payload[0]} is not known to this engine.");
        }

        var tag = (FeatureTag)cursor.Byte();
        var count = cursor.Count();
        EncodedFeatures encoded = default;
        if (tag == FeatureTag.Encoded)
        {
            encoded = EncodedFeatures.Read(ref cursor, count);
            var kept = (FeatureTag)cursor.Byte();
            (tag, count) = kept switch
            {
                FeatureTag.DenseFloats or FeatureTag.DenseBytes => (kept, cursor.Count()),
                0 => (FeatureTag.Encoded, 0),
                _ => throw new InvalidDataException($"Feature tag {kept} is not known to this engine."),
            };
        }

        var start = cursor.Offset;
        switch (tag)
        {
            case FeatureTag.DenseFloats: cursor.Skip(ByteCount(count, sizeof(float))); break;
            case FeatureTag.DenseBytes: cursor.Skip(count); break;
            case FeatureTag.Encoded: break;
            case FeatureTag.Sparse: SkipSparse(ref cursor, count); break;
            case FeatureTag.Named: SkipNamed(ref cursor, count); break;
            default: throw new InvalidDataException($"Feature tag {tag} is not known to this engine.");
        }

        var body = payload[start..cursor.Offset];
        var rest = payload[cursor.Offset..];
        TargetTag? target = null;
        ReadOnlySpan<byte> label = default;
        ReadOnlySpan<byte> values = default;
        double? reward = null;
        FeedbackReference? feedback = null;
        var input = payload[..cursor.Offset];
        ulong entity = 0;
        long? occurredAt = null;
        while (!cursor.IsAtEnd)
        {
            var next = (TargetTag)cursor.Byte();
            switch (next)
            {
                case TargetTag.Label: label = cursor.Bytes(cursor.Count()); target = next; break;
                case TargetTag.Values: values = cursor.Bytes(ByteCount(cursor.Count(), sizeof(double))); target = next; break;
                case TargetTag.Reward: reward = cursor.ReadDouble(); break;
                case TargetTag.Feedback: feedback = new FeedbackReference(cursor.ReadInt64(), cursor.ReadInt64(), (EventKind)cursor.Byte(), (FeedbackCause)cursor.Byte()); break;
                case TargetTag.Entity: entity = BinaryPrimitives.ReadUInt64LittleEndian(cursor.Bytes(sizeof(ulong))); break;
                case TargetTag.OccurredAt: occurredAt = BinaryPrimitives.ReadInt64LittleEndian(cursor.Bytes(sizeof(long))); break;
                default: throw new InvalidDataException($"Target tag {next} is not known to this engine.");
            }
        }

        return new PayloadReader(tag, count, input, body, encoded, rest, target, label, values, reward, feedback, new Moment(entity, occurredAt, null));
    }

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

        if (!EncodedBy.EncoderHash.SequenceEqual(encoderHash) || !EncodedBy.Tensor.SequenceEqual(tensor))
        {
            throw new InvalidDataException($"The event holds {EncodedBy.Describe()}, and the model reads another.");
        }

        return new PayloadReader(FeatureTag.DenseFloats, EncodedBy.Count, InputBytes, EncodedBy.Bytes, EncodedBy, AfterFeatures, Target, Label, TargetBytes, Reward, Feedback, Moment);
    }

    /// <summary>A target number.</summary>
    /// <param name="index">0 … <see cref="TargetCount"/> − 1.</param>
    /// <returns>The number.</returns>
    public double TargetValue(int index) => BinaryPrimitives.ReadDoubleLittleEndian(TargetBytes[(index * sizeof(double))..]);

    private static int ByteCount(int count, int size) =>
        count <= int.MaxValue / size ? count * size : throw new InvalidDataException("A count in the payload is out of range.");

    private static void SkipSparse(ref PayloadCursor cursor, int count)
    {
        for (var i = 0; i < count; i++)
        {
            cursor.Count();
            cursor.Skip(sizeof(float));
        }
    }

    private static void SkipNamed(ref PayloadCursor cursor, int count)
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
    }
}
