using LifelongApi.Contracts.Models;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning;

/// <summary>
/// A model: an immutable program plus flat state. It is the fold of the events it was given, bit for bit.
/// One writer calls <see cref="Apply"/>; <see cref="Predict"/> and <see cref="Capture"/> may run side by side with each other
/// (each predict with a workspace of its own), but not with <see cref="Apply"/>: the host keeps them apart.
/// </summary>
public sealed class Model : IDisposable
{
    /// <summary>The spec it was compiled from.</summary>
    public ModelSpec Spec => throw new NotImplementedException();

    /// <summary>Class names by id, in order of appearance.</summary>
    public IReadOnlyList<string> Labels => throw new NotImplementedException();

    /// <summary>Classes that fit before the state must grow; 0 for values.</summary>
    public int ClassCapacity { get; }

    /// <summary>Most classes the spec allows; 0 for values.</summary>
    public int MaxClasses { get; }

    /// <summary>Names of projections with a rule, in forward order.</summary>
    public IReadOnlyList<string> PlasticProjections => throw new NotImplementedException();

    /// <summary>Names of modulators, in order.</summary>
    public IReadOnlyList<string> Modulators => throw new NotImplementedException();

    /// <summary>Level of every modulator now.</summary>
    public ReadOnlySpan<float> ModulatorLevels => throw new NotImplementedException();

    /// <summary>Bytes of learned state.</summary>
    public long StateByteCount { get; }

    /// <summary>Compiles a spec and starts from its initial state.</summary>
    /// <param name="spec">An expanded spec.</param>
    /// <returns>The model.</returns>
    /// <exception cref="SpecException">The spec has mistakes.</exception>
    public static Model Create(ModelSpec spec) => throw new NotImplementedException();

    /// <summary>Compiles a spec and takes a stored state.</summary>
    /// <param name="spec">The spec that the state was made with.</param>
    /// <param name="image">A state that <see cref="Capture"/> gave.</param>
    /// <returns>The model.</returns>
    /// <exception cref="InvalidDataException">The image does not fit the spec.</exception>
    public static Model Open(ModelSpec spec, ModelImage image) => throw new NotImplementedException();

    /// <summary>Folds one event of any kind into the state. Allocates nothing except where classes are added.</summary>
    /// <param name="input">The event.</param>
    /// <param name="outcome">Overwritten with what it did.</param>
    /// <exception cref="InvalidDataException">The payload is corrupt; nothing changed.</exception>
    public void Apply(in EventInput input, Outcome outcome) => throw new NotImplementedException();

    /// <summary>Makes a workspace for <see cref="Predict"/>. It fits until the model grows; <see cref="Predict"/> then resizes it.</summary>
    /// <returns>The workspace; dispose it.</returns>
    public PredictWorkspace CreateWorkspace() => throw new NotImplementedException();

    /// <summary>Answers for one set of features. Changes nothing; allocates nothing once the workspace fits.</summary>
    /// <param name="payload">Features as <see cref="Features.PayloadBuilder"/> wrote them; a target is ignored.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="workspace">A workspace of this model that nobody else uses now.</param>
    /// <param name="prediction">Overwritten with the answer.</param>
    public void Predict(ReadOnlySpan<byte> payload, ReadOnlySpan<ulong> nameHashes, PredictWorkspace workspace, PredictionBuffer prediction) => throw new NotImplementedException();

    /// <summary>Copies the learned state.</summary>
    /// <returns>The copy.</returns>
    public ModelImage Capture() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
