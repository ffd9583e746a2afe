import type { ContainerEngine } from "../engine/engine.ts";
import type { AuditLog } from "./audit.ts";

/** The same engine; whatever changes the host is written down first. What is only read is not. */
export function auditedEngine<Engine extends ContainerEngine>(engine: Engine, audit: AuditLog): Engine {
	return {
		...engine,
		async loadImage(tarPath, expectedId) {
			await audit.note("image-load", { image: expectedId });
			await engine.loadImage(tarPath, expectedId);
		},
		async pullImage(reference, signal) {
			await audit.note("image-pull", { image: reference });
			return engine.pullImage(reference, signal);
		},
		async removeImage(id) {
			await audit.note("image-remove", { image: id });
			return engine.removeImage(id);
		},
		async create(plan) {
			const { name, labels, imageId, runtime, gpuUuids, outputsDir, inputs, connection } = plan;
			await audit.note("container-create", {
				name,
				labels,
				image: imageId,
				runtime,
				gpus: gpuUuids,
				outputsDir,
				inputs,
				...(connection && { connection }),
			});
			return engine.create(plan);
		},
		async start(id) {
			await audit.note("container-start", { container: id });
			await engine.start(id);
		},
		async stop(id, graceSeconds) {
			await audit.note("container-stop", { container: id, graceSeconds });
			await engine.stop(id, graceSeconds);
		},
		async remove(id) {
			await audit.note("container-remove", { container: id });
			await engine.remove(id);
		},
		networks: {
			...engine.networks,
			async create(name, labels) {
				await audit.note("network-make", { name, labels });
				return engine.networks.create(name, labels);
			},
			async remove(id) {
				await audit.note("network-remove", { network: id });
				await engine.networks.remove(id);
			},
		},
	};
}
