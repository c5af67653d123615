using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>The synapses to or from one unit: a column or a row of a matrix that has the projection's shape.</summary>
/// <param name="Projection">The projection.</param>
/// <param name="Unit">Number of the unit: a postsynaptic one for a column, a presynaptic one for a row.</param>
/// <param name="IsColumn">Whether it is the synapses to the unit; else those from it.</param>
public readonly record struct SynapseRange(Projection Projection, int Unit, bool IsColumn)
{
    /// <summary>Sets a state per synapse to 0.</summary>
    /// <param name="matrix">Slot of shape [pre count, stride].</param>
    /// <param name="step">A learning step.</param>
    public void Clear(Slot matrix, in StepContext step)
    {
        var cells = step.Write(matrix);
        if (!IsColumn)
        {
            cells.Slice(Unit * Projection.Stride, Projection.ColumnCount).Clear();
            return;
        }

        for (var row = 0; row < Projection.RowCount; row++)
        {
            cells[(row * Projection.Stride) + Unit] = 0f;
        }
    }

    /// <summary>Sets a state per synapse to the present weight.</summary>
    /// <param name="matrix">Slot of shape [pre count, stride].</param>
    /// <param name="step">A learning step.</param>
    public void CopyWeights(Slot matrix, in StepContext step)
    {
        var cells = step.Write(matrix);
        var weights = step.View(Projection.Weights);
        if (!IsColumn)
        {
            weights.Slice(Unit * Projection.Stride, Projection.ColumnCount).CopyTo(cells[(Unit * Projection.Stride)..]);
            return;
        }

        for (var row = 0; row < Projection.RowCount; row++)
        {
            var at = (row * Projection.Stride) + Unit;
            cells[at] = weights[at];
        }
    }
}

/// <summary>A part with a state per synapse that a renewed unit must not inherit.</summary>
public interface IRenewSynapses
{
    /// <summary>Puts the state of some synapses back to what it is for a synapse that has just begun at its present weight.</summary>
    /// <param name="range">The synapses.</param>
    /// <param name="step">A learning step.</param>
    void Renew(in SynapseRange range, in StepContext step);
}
