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
            var features = Scaled(raw, step);
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
            DenseNumbers.ReadFloats(payload.FeatureBytes, features);
        }
        else
        {
            DenseNumbers.ReadBytes(payload.FeatureBytes, features);
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

    /// <summary>All features as they are scaled.</summary>
    /// <param name="raw">The numbers as they came, in whole lines.</param>
    /// <param name="step">The step.</param>
    /// <returns>Whole lines.</returns>
    private ReadOnlySpan<float> Scaled(ReadOnlySpan<float> raw, in StepContext step)
    {
        if (_moments is null && _scale is null)
        {
            return raw;
        }

        var scaled = step.Write(_scaled);
        _moments?.Standardise(raw, scaled, step);
        _scale?.Scale(raw, scaled, step);
        return scaled;
    }

    /// <summary>The numbers as they came: in whole lines where all of them came, else one for each that did.</summary>
    private ReadOnlySpan<float> Decode(in PayloadReader payload, Span<int> rows, in StepContext step, InputPopulation input)
    {
        if (payload.FeatureCount > _maxActive)
        {
            Throw.Input_TooManyFeatures(payload.FeatureCount, _maxActive);
        }

        var raw = step.Write(_raw);
        var bytes = payload.FeatureBytes;
        switch (payload.Features)
        {
            case FeatureTag.DenseFloats:
                RequireSize(payload.FeatureCount);
                raw = raw[..LayoutBuilder.Padded(_size)];
                DenseNumbers.ReadFloatLines(bytes, _size, raw);
                break;
            case FeatureTag.DenseBytes:
                RequireSize(payload.FeatureCount);
                raw = raw[..LayoutBuilder.Padded(_size)];
                DenseNumbers.ReadByteLines(bytes, _size, raw);
                break;
            case FeatureTag.Sparse:
                raw = raw[..payload.FeatureCount];
                DecodeSparse(bytes, rows, raw, step, input);
                break;
            case FeatureTag.Encoded:
                throw new InvalidDataException("The event holds an encoder's output and not the input (keepInput false), which is what the model reads.");
            default:
                Throw.Input_FormDiffers("A vector model", payload.Features);
                break;
        }

        return raw;
    }

    private void DecodeSparse(ReadOnlySpan<byte> bytes, Span<int> rows, Span<float> raw, in StepContext step, InputPopulation input)
    {
        var cursor = new PayloadCursor(bytes);
        for (var k = 0; k < raw.Length; k++)
        {
            rows[k] = cursor.Count();
            raw[k] = cursor.ReadSingle();
            if (rows[k] >= _size)
            {
                Throw.Input_FeatureBeyondSize(rows[k], _size);
            }

            input.Fetch(rows[k], step);
        }
    }

    private void RequireSize(int count)
    {
        if (count != _size)
        {
            Throw.Input_SizeDiffers(count, _size);
        }
    }
}
