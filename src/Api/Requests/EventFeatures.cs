using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Api.Requests;

/// <summary>
/// The features of one event between reading and encoding. Reading checks everything and has no effect outside;
/// only <see cref="Encode"/> touches the stream's dictionary of names, so that a refused event leaves no trace. Reused for many events.
/// </summary>
internal sealed class EventFeatures
{
    private const string OutOfRange = "is beyond the range of a 32-bit float (±3.4e38).";
    private readonly NamedFeatures _named = new();
    private readonly SeenKeys _seen = new();
    private float[] _numbers = new float[256];
    private int[] _indices = [];
    private byte[] _scratch = [];
    private int _count;
    private InputKind _kind;

    /// <summary>Reads the value the reader stands on, in the form the model declares.</summary>
    /// <param name="reader">Stands on the value.</param>
    /// <param name="json">The text that the reader reads, so that arrays can be read as a whole; nothing: they are read number by number.</param>
    /// <param name="shape">What the model takes.</param>
    /// <param name="path">Where the event stands.</param>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in InputShape shape, in FieldPath path)
    {
        _count = 0;
        _kind = shape.Kind;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray when shape.IsDense:
                ReadArray(ref reader, json, shape, path);
                break;
            case JsonTokenType.String when shape.IsDense:
                ReadBase64(ref reader, shape, path);
                break;
            case JsonTokenType.StartObject when _kind == InputKind.Sparse:
                ReadSparse(ref reader, shape, path);
                break;
            case JsonTokenType.StartObject when _kind == InputKind.Named:
                _named.Read(ref reader, shape.MaxActive, path);
                break;
            default:
                throw ProblemException.Invalid(path.Features, $"The model takes {Expected(shape)}; {JsonText.KindOf(reader.TokenType)} was given.");
        }
    }

    /// <summary>Reads little-endian float32.</summary>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public void ReadRaw(ReadOnlySpan<byte> bytes, in InputShape shape, in FieldPath path)
    {
        _count = 0;
        _kind = shape.Kind;
        if (!shape.IsDense)
        {
            throw ProblemException.Invalid(path.Features, $"The model takes {Expected(shape)}; raw numbers fit models with vector or image input only.");
        }

        if (bytes.Length != (long)shape.Size * sizeof(float))
        {
            throw ProblemException.Invalid(path.Features, FormattableString.Invariant(
                $"Holds {bytes.Length} bytes; the model takes {shape.Size} numbers of 4 bytes, {(long)shape.Size * sizeof(float)} bytes."));
        }

        Reserve(shape.Size);
        var numbers = _numbers.AsSpan(0, shape.Size);
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(bytes).CopyTo(numbers);
        }
        else
        {
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
            }
        }

        if (!Reduction.IsBounded(numbers, float.MaxValue))
        {
            var first = 0;
            while (float.IsFinite(numbers[first]))
            {
                first++;
            }

            throw ProblemException.Invalid(path.Feature(first), "is not finite; leave the example out or give a finite number.");
        }

        _count = shape.Size;
    }

    /// <summary>Writes what was read.</summary>
    /// <param name="builder">A cleared builder.</param>
    /// <param name="names">The stream's dictionary.</param>
    /// <param name="mayAddNames">Whether unknown names are added (learning) or left out (predicting).</param>
    /// <param name="path">Where the event stands.</param>
    public void Encode(PayloadBuilder builder, IFeatureNames names, bool mayAddNames, in FieldPath path)
    {
        switch (_kind)
        {
            case InputKind.Named:
                _named.Encode(builder, names, mayAddNames, path);
                break;
            case InputKind.Sparse:
                builder.Sparse(_indices.AsSpan(0, _count), _numbers.AsSpan(0, _count));
                break;
            default:
                builder.Dense(_numbers.AsSpan(0, _count));
                break;
        }
    }

    private static string Expected(in InputShape shape) => shape.Kind switch
    {
        InputKind.Sparse => string.Create(CultureInfo.InvariantCulture, $"an object from index (0 … {shape.Size - 1}) to number"),
        InputKind.Named => "an object from feature name to number, string, boolean or null",
        _ => string.Create(CultureInfo.InvariantCulture, $"an array of {shape.Size} numbers or base64 of little-endian float32"),
    };

    private void ReadArray(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in InputShape shape, in FieldPath path)
    {
        if (TryReadWhole(ref reader, json, shape))
        {
            return;
        }

        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count < shape.Size)
            {
                if (count == _numbers.Length)
                {
                    // By what came, not by what was declared: a short body reserves little.
                    Reserve(count + 1);
                }

                _numbers[count] = reader.TokenType == JsonTokenType.Number
                    ? Number(ref reader, path, count)
                    : throw ProblemException.Invalid(path.Feature(count), $"is {JsonText.KindOf(reader.TokenType)}; give a number.");
            }
            else
            {
                reader.Skip();
            }

            count++;
        }

        if (count != shape.Size)
        {
            throw ProblemException.Invalid(path.Features, FormattableString.Invariant($"Holds {count} numbers; the model takes {shape.Size}."));
        }

        _count = count;
    }

    private bool TryReadWhole(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in InputShape shape)
    {
        if (!json.Overlaps(reader.ValueSpan, out var bracket) || json.Length - bracket < 2L * shape.Size)
        {
            return false;
        }

        Reserve(shape.Size);
        if (!NumberText.TryArray(json[(bracket + 1)..], _numbers.AsSpan(0, shape.Size), out var end))
        {
            return false;
        }

        // The reader goes on at the closing bracket, as if the array were empty.
        reader = new Utf8JsonReader(json[(bracket + 1 + end)..], isFinalBlock: true, reader.CurrentState);
        reader.Read();
        _count = shape.Size;
        return true;
    }

    private void ReadBase64(ref Utf8JsonReader reader, in InputShape shape, in FieldPath path)
    {
        var text = JsonText.Utf8(ref reader, ref _scratch, path.Features);
        var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, Base64.GetMaxDecodedFromUtf8Length(text.Length)));
        try
        {
            if (Base64.DecodeFromUtf8(text, bytes, out _, out var length) != OperationStatus.Done)
            {
                throw ProblemException.Invalid(path.Features, "The string is not base64; encode little-endian float32 numbers, or give an array.");
            }

            ReadRaw(bytes.AsSpan(0, length), shape, path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void ReadSparse(ref Utf8JsonReader reader, in InputShape shape, in FieldPath path)
    {
        _seen.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = JsonText.Utf8(ref reader, ref _scratch, path.Features);
            if (!Utf8Parser.TryParse(name, out int index, out var used) || used != name.Length || index < 0 || index >= shape.Size || name[0] is (byte)'+' or (byte)'-')
            {
                throw ProblemException.Invalid(path.Feature(JsonText.Quoted(name)), FormattableString.Invariant($"is not an index; give a whole number from 0 to {shape.Size - 1}."));
            }

            if (!_seen.Add((uint)index))
            {
                throw ProblemException.Invalid(path.Feature(JsonText.Quoted(name)), "is given twice; give every index once.");
            }

            if (_count == shape.MaxActive)
            {
                throw ProblemException.Invalid(path.Features, FormattableString.Invariant($"Holds more than {shape.MaxActive} features, the most the model takes in one event (input.maxActive)."));
            }

            reader.Read();
            Reserve(_count + 1);
            if (_indices.Length < _numbers.Length)
            {
                Array.Resize(ref _indices, _numbers.Length);
            }

            _indices[_count] = index;
            _numbers[_count] = reader.TokenType == JsonTokenType.Number
                ? Number(ref reader, path, index, asIndex: true)
                : throw ProblemException.Invalid(path.Feature(JsonText.Quoted(name)), $"is {JsonText.KindOf(reader.TokenType)}; give a number.");
            _count++;
        }
    }

    private static float Number(ref Utf8JsonReader reader, in FieldPath path, int index, bool asIndex = false)
    {
        if (NumberText.TrySingle(reader.ValueSpan, out var value))
        {
            return value;
        }

        var field = asIndex ? path.Feature(index.ToString(CultureInfo.InvariantCulture)) : path.Feature(index);
        throw ProblemException.Invalid(field, $"{JsonText.Quoted(reader.ValueSpan)} {OutOfRange}");
    }

    private void Reserve(int count)
    {
        if (_numbers.Length < count)
        {
            Array.Resize(ref _numbers, Math.Max(count, _numbers.Length * 2));
        }
    }
}
