using System.Buffers.Binary;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>Dense and sparse vectors: feature number = unit number. Standardised per feature, by one common scale, or not at all.</summary>
/// <remarks>Reserves: the numbers as they came [features] in Scratch, for dense input.</remarks>
public sealed class VectorEncoder : IFeatureEncoder
{
    private readonly RunningMoments? _moments;
    private readonly RunningScale? _scale;
    private readonly int _size;
    private readonly int _maxActive;
    private readonly Slot _raw;

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
    }

    /// <inheritdoc/>
    public bool Encode(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step, InputPopulation input)
    {
        input.Begin(step, out var rows, out var values);
        var raw = Decode(payload, rows, step);
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

        input.End(step, count);
        return Reduction.IsBounded(raw, RunningMoments.LargestNumber);
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
            for (var feature = 0; feature < raw.Length; feature++)
            {
                _moments.Add(feature, raw[feature], step);
            }

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

    private Span<float> Decode(in PayloadReader payload, Span<int> rows, in StepContext step)
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
                for (var k = 0; k < raw.Length; k++)
                {
                    rows[k] = k;
                    raw[k] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(k * sizeof(float))..]);
                }

                break;
            case FeatureTag.DenseBytes:
                RequireSize(payload.FeatureCount);
                for (var k = 0; k < raw.Length; k++)
                {
                    rows[k] = k;
                    raw[k] = bytes[k];
                }

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
                }

                break;
            default:
                throw new InvalidDataException($"A vector model cannot read features of the form {payload.Features}.");
        }

        return raw;
    }

    private void RequireSize(int count)
    {
        if (count != _size)
        {
            throw new InvalidDataException($"The event has {count} features where the model takes {_size}.");
        }
    }
}
