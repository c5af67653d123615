using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LifelongApi.Learning.Features;

/// <summary>
/// Writes an event's payload: the typed input and target as received, in the format that the journal keeps (docs/journal.md).
/// Call one features method, then at most one target method, then at most <see cref="Reward"/>, then at most <see cref="Feedback"/>. Reusable after <see cref="Clear"/>; not thread-safe.
/// </summary>
/// <remarks>
/// Layout: version 1 | features tag, body | target tag, body | reward tag, body | feedback tag, body | entity tag, body | time tag, body (the last two only without an envelope, <see cref="Stamp"/>). Integers are LEB128 varints, numbers little-endian.
/// Dense numbers that are all whole in 0 … 255 are kept as bytes.
/// </remarks>
public sealed class PayloadBuilder
{
    internal const byte FormatVersion = 1;
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private readonly ArrayBufferWriter<byte> _named = new(256);
    private int _namedCount;
    private Stage _stage;

    private enum Stage
    {
        Empty,
        Named,
        Features,
        Target,
        Reward,
        Feedback,
    }

    /// <summary>The payload so far. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    /// <summary>Forgets everything written.</summary>
    public void Clear()
    {
        _buffer.ResetWrittenCount();
        _named.ResetWrittenCount();
        _namedCount = 0;
        _stage = Stage.Empty;
    }

    /// <summary>Dense features.</summary>
    /// <param name="values">Finite numbers; shape [features].</param>
    public void Dense(ReadOnlySpan<float> values)
    {
        Begin();
        if (AreBytes(values))
        {
            PutByte((byte)FeatureTag.DenseBytes);
            PutVarint((uint)values.Length);
            var bytes = _buffer.GetSpan(Math.Max(1, values.Length));
            for (var i = 0; i < values.Length; i++)
            {
                bytes[i] = (byte)values[i];
            }

            _buffer.Advance(values.Length);
            return;
        }

        PutByte((byte)FeatureTag.DenseFloats);
        PutVarint((uint)values.Length);
        var body = _buffer.GetSpan(Math.Max(1, values.Length * sizeof(float)));
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(values).CopyTo(body);
        }
        else
        {
            for (var i = 0; i < values.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(body[(i * sizeof(float))..], values[i]);
            }
        }

        _buffer.Advance(values.Length * sizeof(float));
    }

    /// <summary>Sparse features.</summary>
    /// <param name="indices">Ascending or not, each 0 or more and given once; shape [active].</param>
    /// <param name="values">Finite numbers; shape [active].</param>
    public void Sparse(ReadOnlySpan<int> indices, ReadOnlySpan<float> values)
    {
        Begin();
        PutByte((byte)FeatureTag.Sparse);
        PutVarint((uint)indices.Length);
        for (var i = 0; i < indices.Length; i++)
        {
            PutVarint((uint)indices[i]);
            PutSingle(values[i]);
        }
    }

    /// <summary>
    /// What an encoder made of a dense input, in the place of that input: 32 bytes hash of its file, name of the tensor, version of the runtime, the output as float32 and,
    /// where it is kept, the input in the form it was received in. A replay reads the output and needs no encoder (docs/journal.md 6).
    /// </summary>
    /// <param name="output">Which encoder made the output, and the output.</param>
    /// <param name="received">The payload as received, with dense features; its target and reward are copied.</param>
    /// <param name="keepInput">Whether the input stays beside the output.</param>
    public void Encoded(in EncodedFeatures output, in PayloadReader received, bool keepInput)
    {
        if (received.Features is not (FeatureTag.DenseFloats or FeatureTag.DenseBytes) || output.EncoderHash.Length != EncodedFeatures.HashLength)
        {
            throw new ArgumentException("An encoder takes dense features, and its hash has 32 bytes.");
        }

        Begin();
        PutByte((byte)FeatureTag.Encoded);
        PutVarint((uint)output.Count);
        _buffer.Write(output.EncoderHash);
        PutVarint((uint)output.Tensor.Length);
        _buffer.Write(output.Tensor);
        PutVarint((uint)output.Runtime.Length);
        _buffer.Write(output.Runtime);
        _buffer.Write(output.Bytes);
        PutByte(keepInput ? (byte)received.Features : (byte)0);
        if (keepInput)
        {
            PutVarint((uint)received.FeatureCount);
            _buffer.Write(received.FeatureBytes);
        }

        _buffer.Write(received.AfterFeatures);
    }

    /// <summary>The features of another payload, as they are.</summary>
    /// <param name="input"><see cref="PayloadReader.InputBytes"/> of the other payload.</param>
    public void Input(ReadOnlySpan<byte> input)
    {
        if (_stage != Stage.Empty)
        {
            throw new InvalidOperationException("Features are written first and once; call Clear for the next event.");
        }

        _buffer.Write(input);
        _stage = Stage.Features;
    }

    /// <summary>Begins named features; follow with <c>Named</c> calls and <see cref="EndNamed"/>.</summary>
    public void BeginNamed()
    {
        Begin();
        _stage = Stage.Named;
    }

    /// <summary>A named number.</summary>
    /// <param name="nameId">Id in the stream's dictionary of names.</param>
    /// <param name="value">A finite number.</param>
    public void Named(int nameId, double value)
    {
        BeginNamedValue(nameId, NamedTag.Number);
        var span = _named.GetSpan(8);
        BinaryPrimitives.WriteDoubleLittleEndian(span, value);
        _named.Advance(8);
    }

    /// <summary>A named text.</summary>
    /// <param name="nameId">Id in the stream's dictionary of names.</param>
    /// <param name="utf8">The text in UTF-8.</param>
    public void Named(int nameId, ReadOnlySpan<byte> utf8)
    {
        BeginNamedValue(nameId, NamedTag.Text);
        PutVarint(_named, (uint)utf8.Length);
        _named.Write(utf8);
    }

    /// <summary>A named boolean.</summary>
    /// <param name="nameId">Id in the stream's dictionary of names.</param>
    /// <param name="value">The value.</param>
    public void Named(int nameId, bool value) => BeginNamedValue(nameId, value ? NamedTag.True : NamedTag.False);

    /// <summary>Ends named features.</summary>
    public void EndNamed()
    {
        PutByte((byte)FeatureTag.Named);
        PutVarint((uint)_namedCount);
        _buffer.Write(_named.WrittenSpan);
        _stage = Stage.Features;
    }

    /// <summary>The label of the example.</summary>
    /// <param name="utf8">Class name in UTF-8, 1 … 256 bytes.</param>
    public void Label(ReadOnlySpan<byte> utf8)
    {
        After(Stage.Features, Stage.Target);
        PutByte((byte)TargetTag.Label);
        PutVarint((uint)utf8.Length);
        _buffer.Write(utf8);
    }

    /// <summary>The numbers to predict.</summary>
    /// <param name="values">Finite numbers; shape [target size].</param>
    public void Target(ReadOnlySpan<double> values)
    {
        After(Stage.Features, Stage.Target);
        PutByte((byte)TargetTag.Values);
        PutVarint((uint)values.Length);
        foreach (var value in values)
        {
            PutDouble(value);
        }
    }

    /// <summary>The reward of the moment.</summary>
    /// <param name="value">A finite number.</param>
    public void Reward(double value)
    {
        After(Stage.Target, Stage.Reward);
        PutByte((byte)TargetTag.Reward);
        PutDouble(value);
    }

    /// <summary>The earlier event that this one answers.</summary>
    /// <param name="reference">The earlier event.</param>
    public void Feedback(in FeedbackReference reference)
    {
        After(Stage.Reward, Stage.Feedback);
        PutByte((byte)TargetTag.Feedback);
        PutInt64(reference.Sequence);
        PutInt64(reference.ReceivedAt);
        PutByte((byte)reference.Kind);
        PutByte((byte)reference.Cause);
    }

    /// <summary>A payload with the entity and the time that an envelope would say, for what has none: a predict, a row of a probe set.</summary>
    /// <param name="payload">A whole payload.</param>
    /// <param name="entity">Hash of the entity's name (<see cref="FeatureHash.OfName(string)"/>); 0: none.</param>
    /// <param name="occurredAt">Microseconds since 1970-01-01 UTC, or null.</param>
    /// <returns>The payload itself where there is nothing to say, else a copy.</returns>
    public static ReadOnlyMemory<byte> Stamp(ReadOnlyMemory<byte> payload, ulong entity, long? occurredAt)
    {
        var length = payload.Length + (entity == 0 ? 0 : 1 + sizeof(ulong)) + (occurredAt is null ? 0 : 1 + sizeof(long));
        if (length == payload.Length)
        {
            return payload;
        }

        var stamped = new byte[length];
        payload.CopyTo(stamped);
        var rest = stamped.AsSpan(payload.Length);
        if (entity != 0)
        {
            rest[0] = (byte)TargetTag.Entity;
            BinaryPrimitives.WriteUInt64LittleEndian(rest[1..], entity);
            rest = rest[(1 + sizeof(ulong))..];
        }

        if (occurredAt is { } time)
        {
            rest[0] = (byte)TargetTag.OccurredAt;
            BinaryPrimitives.WriteInt64LittleEndian(rest[1..], time);
        }

        return stamped;
    }

    private static bool AreBytes(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            // The bit test keeps −0 out: a byte could not give it back.
            if (!(value >= 0f && value <= 255f) || value != (byte)value || BitConverter.SingleToInt32Bits(value) == int.MinValue)
            {
                return false;
            }
        }

        return true;
    }

    private static void PutVarint(ArrayBufferWriter<byte> buffer, uint value)
    {
        var span = buffer.GetSpan(5);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        buffer.Advance(length);
    }

    private void Begin()
    {
        if (_stage != Stage.Empty)
        {
            throw new InvalidOperationException("Features are written first and once; call Clear for the next event.");
        }

        PutByte(FormatVersion);
        _stage = Stage.Features;
    }

    private void After(Stage latest, Stage next)
    {
        if (_stage < Stage.Features || _stage > latest)
        {
            throw new InvalidOperationException("A payload is features, then target, then reward, then what it answers.");
        }

        _stage = next;
    }

    private void BeginNamedValue(int nameId, NamedTag tag)
    {
        if (_stage != Stage.Named)
        {
            throw new InvalidOperationException("Call BeginNamed first.");
        }

        PutVarint(_named, (uint)nameId);
        _named.GetSpan(1)[0] = (byte)tag;
        _named.Advance(1);
        _namedCount++;
    }

    private void PutByte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    private void PutVarint(uint value) => PutVarint(_buffer, value);

    private void PutSingle(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }

    private void PutDouble(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    private void PutInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }
}
