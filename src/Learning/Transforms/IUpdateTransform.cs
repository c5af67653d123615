using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>How a proposal is bent on its way to the weights. Transforms of a chain run in order, one tile at a time.</summary>
public interface IUpdateTransform
{
    /// <summary>Bends the proposal of a tile in place.</summary>
    /// <param name="tile">Rows, their presynaptic activities and weights.</param>
    /// <param name="step">The step.</param>
    /// <param name="delta">Shape [rows, width]; padding must stay zero.</param>
    void Transform(in SynapseTile tile, in StepContext step, Span<float> delta);

    /// <summary>What the transform multiplies every proposal of this event by, where that is all it does: 1 where it leaves them as they are.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The factor; none, as by default, where it does something else.</returns>
    float? Factor(in StepContext step) => null;
}
