using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>Dense and sparse vectors: feature number = unit number. Standardised per feature, by one common scale, or not at all.</summary>
/// <remarks>Reserves: the numbers as they came [most active] in Scratch, for dense input also as they are scaled [features].</remarks>
public sealed class VectorEncoder : IFeatureEncoder
{
    private readonly RunningMoments? _moments;
    private readonly RunningScale? _scale;
    private readonly int _size;
    private readonly int _maxActive;
    private readonly Slot _raw;
    private readonly Slot _scaled;

    /// <summary>Reserves the statistics.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="size">Features.</param>
    /// <param name="maxActive">Most features of one event.</param>
    /// <param name="standardisation">How numbers are scaled.</param>
    public VectorEncoder(LayoutBuilder layout, int size, int maxActive, Standardisation standardisation)
    {
        _size = size;
        _maxActive = maxActive;
        _moments = standardisation == Standardisation.PerFeature ? new RunningMoments(layout, size) : null;
        _scale = standardisation == Standardisation.Scale ? new RunningScale(layout) : null;
        _raw = layout.Vector(Region.Scratch, "input.raw", maxActive);
        _scaled = layout.Vector(Region.Scratch, "input.scaled", maxActive >= size && standardisation != Standardisation.None ? size : 0);
    }

    /// <inheritdoc/>
    public bool Encode(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step, InputPopulation input)
    {
        input.Begin(step, out var rows, out var values);
        var raw = Decode(payload, rows, step, input);
        if (payload.Features == FeatureTag.Sparse)
        {
            input.End(step, List(raw, rows, values, step));
        }
        else
        {
            var features = Scaled(step);
            input.End(step, ActiveList.Fill(features, _size, rows, values), features);
        }

        return Reduction.IsBounded(raw, RunningMoments.LargestNumber);
    }

    /// <inheritdoc/>
    public bool TryRead(in PayloadReader payload, Span<float> features)
    {
        if (_moments is not null || _scale is not null || payload.FeatureCount != _size || payload.Features is not (FeatureTag.DenseFloats or FeatureTag.DenseBytes))
        {
            return false;
        }

        if (payload.Features == FeatureTag.DenseFloats)
        {
            ReadFloats(payload.FeatureBytes, features);
        }
        else
        {
            ReadBytes(payload.FeatureBytes, features);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Commit(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step)
    {
        if (_moments is null && _scale is null)
        {
            return;
        }

        // The raw numbers are still in scratch from Encode of the same step.
        var raw = step.View(_raw)[..payload.FeatureCount];
        _scale?.Add(Reduction.SumOfSquares(raw) / _size, step);
        if (_moments is null)
        {
            return;
        }

        if (payload.Features != FeatureTag.Sparse)
        {
            _moments.Add(step.View(_raw)[..LayoutBuilder.Padded(_size)], step);
            return;
        }

        var cursor = new PayloadCursor(payload.FeatureBytes);
        for (var k = 0; k < raw.Length; k++)
        {
            _moments.Add(cursor.Count(), cursor.ReadSingle(), step);
        }
    }

    /// <inheritdoc/>
    public void Typical(in StepContext step, Span<float> values)
    {
        values.Clear();
        _moments?.Means(step)[..values.Length].CopyTo(values);
    }

    /// <summary>The listed features that are not zero once they are scaled.</summary>
    private int List(ReadOnlySpan<float> raw, Span<int> rows, Span<float> values, in StepContext step)
    {
        var factor = _scale?.Factor(step) ?? 1f;
        var count = 0;
        for (var k = 0; k < raw.Length; k++)
        {
            var unit = rows[k];
            var value = _moments is not null ? _moments.Standardise(unit, raw[k], step)
                : _scale is not null ? Math.Clamp(raw[k] * factor, -RunningScale.LargestNumber, RunningScale.LargestNumber)
                : raw[k];
            rows[count] = unit;
            values[count] = value;
            count += value != 0f ? 1 : 0;
        }

        return count;
    }

    /// <summary>All features as they are scaled, in whole lines.</summary>
    private ReadOnlySpan<float> Scaled(in StepContext step)
    {
        var raw = step.View(_raw)[..LayoutBuilder.Padded(_size)];
        if (_moments is null && _scale is null)
        {
            return raw;
        }

        var scaled = step.Write(_scaled);
        raw.CopyTo(scaled);
        _moments?.Standardise(scaled, step);
        _scale?.Scale(scaled, step);
        return scaled;
    }

    private Span<float> Decode(in PayloadReader payload, Span<int> rows, in StepContext step, InputPopulation input)
    {
        var raw = step.Write(_raw);
        if (payload.FeatureCount > _maxActive)
        {
            throw new InvalidDataException($"The event has {payload.FeatureCount} features where the model takes at most {_maxActive}.");
        }

        raw = raw[..payload.FeatureCount];
        var bytes = payload.FeatureBytes;
        switch (payload.Features)
        {
            case FeatureTag.DenseFloats:
                RequireSize(payload.FeatureCount);
                ReadFloats(bytes, raw);
                break;
            case FeatureTag.DenseBytes:
                RequireSize(payload.FeatureCount);
                ReadBytes(bytes, raw);
                break;
            case FeatureTag.Sparse:
                var cursor = new PayloadCursor(bytes);
                for (var k = 0; k < raw.Length; k++)
                {
                    rows[k] = cursor.Count();
                    raw[k] = cursor.ReadSingle();
                    if (rows[k] >= _size)
                    {
                        throw new InvalidDataException($"Feature {rows[k]} is beyond the input's size of {_size}.");
                    }

                    input.Fetch(rows[k], step);
                }

                break;
            case FeatureTag.Encoded:
                throw new InvalidDataException("The event holds an encoder's output and not the input (keepInput false), which is what the model reads.");
            default:
                throw new InvalidDataException($"A vector model cannot read features of the form {payload.Features}.");
        }

        return raw;
    }

    private static void ReadFloats(ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(bytes[..(numbers.Length * sizeof(float))]).CopyTo(numbers);
            return;
        }

        for (var k = 0; k < numbers.Length; k++)
        {
            numbers[k] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(k * sizeof(float))..]);
        }
    }

    private static void ReadBytes(ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        ref var from = ref MemoryMarshal.GetReference(bytes[..numbers.Length]);
        ref var to = ref MemoryMarshal.GetReference(numbers);
        var k = 0;
        for (; k + 16 <= numbers.Length; k += 16)
        {
            var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, (nuint)k));
            var (a, b) = Vector256.Widen(Vector256.Create(low, high));
            Vector512.ConvertToSingle(Vector512.Create(a, b).AsInt32()).StoreUnsafe(ref to, (nuint)k);
        }

        for (; k < numbers.Length; k++)
        {
            numbers[k] = bytes[k];
        }
    }

    private void RequireSize(int count)
    {
        if (count != _size)
        {
            throw new InvalidDataException($"The event has {count} features where the model takes {_size}.");
        }
    }
}
