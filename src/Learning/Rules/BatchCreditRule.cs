using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// The credit rule over a mini-batch of n learned events: Δw[pre, post] = (1 / n) Σ_i m_i x_i[pre] δ_i[post] at its last event, 0 before (Rumelhart, Hinton and Williams 1986, p. 535;
/// Robbins and Monro 1951). Weights stay as they are within a batch, so its events do not meet what its others taught.
/// </summary>
/// <remarks>
/// The count of learned events alone decides where a batch ends; a captured state has what was gathered as it is. Transforms act on the mean with the levels of the last event.
/// Reserves: whether the batch ends with this event in Scratch.
/// </remarks>
public sealed class BatchCreditRule : IPlasticityRule, IRenewSynapses
{
    /// <summary>Columns of a tile: the credits of a batch of 32 beside it are then a quarter of the first-level cache.</summary>
    private const int Columns = 64;

    private readonly DenseProjection _projection;
    private readonly OuterBuffer _buffer;
    private readonly Slot _ends;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">A projection that gathers batches.</param>
    public BatchCreditRule(LayoutBuilder layout, DenseProjection projection)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(projection);
        _projection = projection;
        _buffer = projection.Buffer ?? throw new ArgumentException("The projection gathers no batches.", nameof(projection));
        _ends = layout.Vector(Region.Scratch, $"{projection.Name}.batchEnds", 1);
    }

    /// <inheritdoc/>
    public bool NeedsTarget => true;

    /// <inheritdoc/>
    public bool ChangesSilentRows => true;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 0f;

    /// <inheritdoc/>
    public bool Prepare(in StepContext step) =>
        step.Weight * Reduction.LargestMagnitude(_projection.Pre.Values(step)) * Reduction.LargestMagnitude(step.View(_projection.Post.Credit)) <= PlasticityChain.LargestProposal;

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
        _buffer.Add(step.Weight / _buffer.Capacity, step);
        var ends = _buffer.Count(step) == _buffer.Capacity;
        step.Write(_ends)[0] = ends ? 1f : 0f;
        if (ends)
        {
            _buffer.Clear(step);
        }
    }

    /// <inheritdoc/>
    public int WindowCount(in StepContext step) => step.View(_ends)[0] == 0f ? 0 : (_projection.Stride + Columns - 1) / Columns;

    /// <inheritdoc/>
    public ColumnWindow WindowAt(int index, Projection projection, in StepContext step) => new(index * Columns, Math.Min(Columns, _projection.Stride - (index * Columns)));

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta) =>
        BlockKernels.Outer(_buffer.Activities(step), _buffer.Capacity, _buffer.Stride, _buffer.Credits(step), _projection.Stride, tile.Rows, tile.Window.Start, tile.Width, delta);

    /// <summary>Changes the weights at the end of a batch by the mean times a factor, in one pass over the rows that were active: the weights have the bits that the chain gives without it.</summary>
    /// <param name="factor">What all transforms of the chain come to.</param>
    /// <param name="step">The step.</param>
    /// <returns>Sum of the squared changes; 0 within a batch.</returns>
    internal float Change(float factor, in StepContext step) => step.View(_ends)[0] == 0f ? 0f
        : BlockKernels.AddScaledOuters(_buffer.Activities(step), _buffer.Capacity, _buffer.Stride, _buffer.Credits(step), _buffer.Active(step), factor, step.Write(_projection.Weights), _projection.Stride);

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step) => _buffer.Renew(range, step);
}
