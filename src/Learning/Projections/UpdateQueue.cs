using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Changes of a dense projection that its weights have not taken in: W = W₀ + Σ_i x_i d_iᵀ with d_i = η m_i δ_i. What is transmitted is W₀ᵀ x + Σ_i (x_i · x) d_i and a row of W is
/// W₀[row] + Σ_i x_i[row] d_i, so every event meets the weights that all events before it made, up to rounding; W₀ is read once for each event but changed only when the queue is full.
/// </summary>
/// <remarks>
/// Only the count of events that changed something decides when W₀ is changed, never a read; a captured state has the queue as it is.
/// Reserves: overlaps [capacity] and a row [post] in Scratch.
/// </remarks>
internal sealed class UpdateQueue : IRenewSynapses
{
    private readonly Projection _projection;
    private readonly OuterBuffer _buffer;
    private readonly int[] _places;
    private readonly Slot _overlaps;
    private readonly Slot _row;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="buffer">Where changes wait, in Read.</param>
    public UpdateQueue(LayoutBuilder layout, Projection projection, OuterBuffer buffer)
    {
        (_projection, _buffer) = (projection, buffer);
        _places = [.. Enumerable.Range(0, buffer.Capacity)];
        _overlaps = layout.Vector(Region.Scratch, $"{projection.Name}.overlaps", buffer.Capacity);
        _row = layout.Vector(Region.Scratch, $"{projection.Name}.effectiveRow", projection.ColumnCount);
    }

    /// <summary>Adds what the waiting changes transmit to the drive.</summary>
    /// <param name="start">First column of the drive.</param>
    /// <param name="drive">Shape [width]: the columns that are at work.</param>
    /// <param name="step">The step.</param>
    public void Transmit(int start, Span<float> drive, in StepContext step)
    {
        var count = _buffer.Count(step);
        if (count == 0)
        {
            return;
        }

        var activity = step.View(_projection.Pre.Activity);
        var activities = _buffer.Activities(step);
        var overlaps = step.Write(_overlaps)[..count];
        for (var i = 0; i < count; i++)
        {
            overlaps[i] = Reduction.Dot(activities.Slice(i * _buffer.Stride, _buffer.Stride), activity);
        }

        RowKernels.AccumulateRows(_buffer.Credits(step), _projection.Stride, start, _places.AsSpan(0, count), overlaps, drive);
    }

    /// <summary>A row of the weights with what waits.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [stride]; it holds until the next call.</returns>
    public ReadOnlySpan<float> Row(int row, in StepContext step)
    {
        var count = _buffer.Count(step);
        if (count == 0)
        {
            return _projection.Hidden(row, step);
        }

        var activities = _buffer.Activities(step);
        var factors = step.Write(_overlaps)[..count];
        for (var i = 0; i < count; i++)
        {
            factors[i] = activities[(i * _buffer.Stride) + row];
        }

        var effective = step.Write(_row);
        _projection.Hidden(row, step).CopyTo(effective);
        RowKernels.AccumulateRows(_buffer.Credits(step), _projection.Stride, _places.AsSpan(0, count), factors, effective);
        return effective;
    }

    /// <summary>Takes a change in; the weights take all in where it fills the queue. A change by nothing does not wait.</summary>
    /// <param name="factor">Event weight times what the transforms come to.</param>
    /// <param name="step">A learning step.</param>
    /// <param name="square">Sum of the squares of the change, ‖x‖² ‖d‖².</param>
    /// <returns>Whether the weights as they are stored have changed.</returns>
    public bool Take(float factor, in StepContext step, out float square)
    {
        var length = Reduction.SumOfSquares(step.View(_projection.Pre.Activity));
        square = 0f;
        if (factor == 0f || length == 0f)
        {
            return false;
        }

        square = length * Reduction.SumOfSquares(_buffer.Add(factor, step));
        if (_buffer.Count(step) < _buffer.Capacity)
        {
            return false;
        }

        BlockKernels.AddOuters(_buffer.Activities(step), _buffer.Capacity, _buffer.Stride, _buffer.Credits(step), _buffer.Active(step), step.Write(_projection.Weights), _projection.Stride);
        _buffer.Clear(step);
        return true;
    }

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step) => _buffer.Renew(range, step);
}
