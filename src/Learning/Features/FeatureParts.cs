using System.Buffers.Binary;

namespace LifelongApi.Learning.Features;

/// <summary>The features of a payload apart, so that some of them can be left out.</summary>
internal sealed class FeatureParts
{
    private readonly byte[] _payload;
    private readonly FeatureTag _tag;
    private readonly int[] _ids;
    private readonly int[] _starts;
    private readonly float[] _numbers;
    private readonly float[] _typical;
    private readonly int _size;

    /// <summary>What stands behind the features: entity and time of the example.</summary>
    private byte[] _tail = [];

    private FeatureParts(byte[] payload, FeatureTag tag, int size, int[] ids, int[] starts, float[] numbers, float[] typical) =>
        (_payload, _tag, _size, _ids, _starts, _numbers, _typical) = (payload, tag, size, ids, starts, numbers, typical);

    /// <summary>Features that can be left out. Numbers of a vector that are what would replace them are none.</summary>
    public int Count => _ids.Length;

    /// <summary>Whether ids are those of names.</summary>
    public bool AreNamed => _tag == FeatureTag.Named;

    /// <summary>Takes a payload apart.</summary>
    public static FeatureParts Of(ReadOnlySpan<byte> payload, Model model)
    {
        var reader = PayloadReader.Read(payload);
        var parts = reader.Features is FeatureTag.DenseFloats or FeatureTag.DenseBytes ? OfDense(reader, model) : OfListed(reader);
        parts._tail = payload[(2 + Varint(reader.FeatureCount).Length + reader.FeatureBytes.Length)..].ToArray();
        return parts;
    }

    /// <summary>Id of a name, or number of a feature.</summary>
    public int Id(int part) => _ids[part];

    /// <summary>The payload without some parts.</summary>
    /// <param name="first">First part to leave out.</param>
    /// <param name="end">Part after the last one.</param>
    public byte[] Without(int first, int end)
    {
        if (_tag is FeatureTag.Named or FeatureTag.Sparse)
        {
            byte[] kept = [.. _payload.AsSpan(0, _starts[first]), .. _payload.AsSpan(_starts[end])];
            return [PayloadBuilder.FormatVersion, (byte)_tag, .. Varint(Count - (end - first)), .. kept, .. _tail];
        }

        var bytes = new byte[_size * sizeof(float)];
        for (var i = 0; i < _size; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), _numbers[i]);
        }

        for (var part = first; part < end; part++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(_ids[part] * sizeof(float)), _typical[_ids[part]]);
        }

        return [PayloadBuilder.FormatVersion, (byte)FeatureTag.DenseFloats, .. Varint(_size), .. bytes, .. _tail];
    }

    private static FeatureParts OfDense(in PayloadReader reader, Model model)
    {
        var numbers = new float[reader.FeatureCount];
        var typical = new float[numbers.Length];
        model.TypicalFeatures(typical);
        var ids = new List<int>(numbers.Length);
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = reader.Features == FeatureTag.DenseBytes ? reader.FeatureBytes[i] : BinaryPrimitives.ReadSingleLittleEndian(reader.FeatureBytes[(i * sizeof(float))..]);
            if (!numbers[i].Equals(typical[i]))
            {
                ids.Add(i);
            }
        }

        return new FeatureParts([], reader.Features, numbers.Length, [.. ids], [], numbers, typical);
    }

    private static FeatureParts OfListed(in PayloadReader reader)
    {
        var ids = new int[reader.FeatureCount];
        var starts = new int[ids.Length + 1];
        var cursor = new PayloadCursor(reader.FeatureBytes);
        for (var i = 0; i < ids.Length; i++)
        {
            starts[i] = cursor.Offset;
            ids[i] = cursor.Count();
            if (reader.Features == FeatureTag.Sparse)
            {
                cursor.Skip(sizeof(float));
                continue;
            }

            switch ((NamedTag)cursor.Byte())
            {
                case NamedTag.Number: cursor.Skip(sizeof(double)); break;
                case NamedTag.Text: cursor.Skip(cursor.Count()); break;
                default: break;
            }
        }

        starts[^1] = cursor.Offset;
        return new FeatureParts(reader.FeatureBytes.ToArray(), reader.Features, ids.Length, ids, starts, [], []);
    }

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>(5);
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
