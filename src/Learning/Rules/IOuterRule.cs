using System.Runtime.Intrinsics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>A rule whose proposal is an outer product, Δw[row, :] = (factor · x[row]) · credit[:], so that simple chains on it run in one pass (<see cref="OuterStep"/>).</summary>
internal interface IOuterRule
{
    /// <summary>What every row's number is multiplied with first.</summary>
    /// <param name="step">The step, after <see cref="IPlasticityRule.Begin"/>.</param>
    /// <returns>The factor.</returns>
    float RowFactor(in StepContext step);

    /// <summary>The numbers of the rows of a tile.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [rows].</returns>
    ReadOnlySpan<float> RowValues(in SynapseTile tile, in StepContext step);
}

/// <summary>What bends a proposal line by line, in registers.</summary>
internal interface IRowBend
{
    /// <summary>Goes to a row.</summary>
    /// <param name="row">Row number.</param>
    void Begin(int row);

    /// <summary>Bends one line.</summary>
    /// <param name="proposal">The proposal.</param>
    /// <param name="column">First column of the line.</param>
    /// <returns>The change.</returns>
    Vector512<float> Bend(Vector512<float> proposal, nuint column);
}
