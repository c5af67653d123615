using System.Buffers.Binary;
using System.Globalization;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Api.Requests;

/// <summary>
/// A row of a raw stream, all little-endian: the features as float32, then for labels the number of the class as int32 (its text is the label; below 0: no label),
/// for values each as float32, and for models that learn without a target nothing.
/// </summary>
internal static class RawRow
{
    private const int MaxKept = 1024;
    private static readonly string[] Texts = [.. Enumerable.Range(0, MaxKept).Select(number => number.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Length of a row in bytes.</summary>
    /// <exception cref="ProblemException">400: the model takes no dense numbers.</exception>
    public static int LengthOf(in InputShape shape, int maxRowBytes)
    {
        if (!shape.IsDense)
        {
            throw ProblemException.Invalid("body", "Rows of raw numbers fit models with vector or image input only; send rows of JSON as application/x-ndjson.");
        }

        var length = sizeof(float) * ((long)shape.Size + TargetCount(shape));
        return length <= maxRowBytes ? (int)length : throw ProblemException.Invalid("body", FormattableString.Invariant($"A row of this model has {length} bytes, and {maxRowBytes} are allowed (Lifelong:MaxRowBytes)."));
    }

    /// <summary>Takes the target off a row.</summary>
    /// <param name="row">A row.</param>
    /// <param name="shape">What the model takes.</param>
    /// <param name="fields">Takes the label.</param>
    /// <param name="target">Takes the values.</param>
    /// <returns>The bytes of the features.</returns>
    /// <exception cref="ProblemException">400: the row has another length, or a value is not finite.</exception>
    public static ReadOnlySpan<byte> TakeTarget(ReadOnlySpan<byte> row, in InputShape shape, ref EventFields fields, List<double> target)
    {
        var count = TargetCount(shape);
        var length = sizeof(float) * ((long)shape.Size + count);
        if (row.Length != length)
        {
            throw ProblemException.Invalid("row", FormattableString.Invariant($"Holds {row.Length} bytes; a row of this model has {length}: {shape.Size} float32 and {count} numbers of 4 bytes for the target."));
        }

        var rest = row[(sizeof(float) * shape.Size)..];
        if (shape.Target == TargetKind.Label)
        {
            var number = BinaryPrimitives.ReadInt32LittleEndian(rest);
            fields.Label = number < 0 ? null : number < MaxKept ? Texts[number] : number.ToString(CultureInfo.InvariantCulture);
        }

        for (var i = 0; i < shape.TargetSize; i++)
        {
            var value = BinaryPrimitives.ReadSingleLittleEndian(rest[(i * sizeof(float))..]);
            target.Add(float.IsFinite(value) ? value : throw ProblemException.Invalid("target", "is not finite; leave the row out or give finite numbers."));
        }

        return row[..^rest.Length];
    }

    private static int TargetCount(in InputShape shape) => shape.Target == TargetKind.Label ? 1 : shape.TargetSize;
}
